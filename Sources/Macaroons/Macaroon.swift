/// Placeholder replaced by the first real commit of the module.
enum Placeholder {}

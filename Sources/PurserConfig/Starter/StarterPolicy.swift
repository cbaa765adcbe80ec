extension Starter {
  /// A `policy.yaml` that allows nothing yet, with comments that teach how to add a service.
  public static let policy = """
    # Purser's policy: which services exist, and the ceilings that no grant can exceed. What is not
    # named here is denied. A key that Purser does not know is an error, and the error names the
    # nearest one.
    version: 1

    # Ceilings over every grant.
    limits:
      # The longest life of a top-level grant.
      grant_lifetime: 30d
      # The longest that money set aside by `spend reserve` stays so.
      hold_lifetime: 1h
      # The most grants below one top-level grant. Below each of its children there may be a
      # quarter of that, and so on, so that none uses up the places of the others.
      descendants: 10000
      # How sure Purser must be of the process that a token is bound to: `strong` takes the kernel's
      # word (Linux 6.5), `weak` its number and start where the kernel gives no more.
      peer_check: strong

    # The sellers, each under an id that grants name it by. To add the first one, delete the `{}`
    # and the `#` at the start of the lines below it.
    services: {}
    #  weather:
    #    # Where it is served; challenges are fetched from the first. Plain http is taken for this
    #    # machine alone.
    #    origins: [https://weather.example.com]
    #    # A path that answers 402 with a challenge.
    #    challenge_path: /v1/forecast
    #    # The name in the seller's own caveats, when it is not the id.
    #    seller_name: weather-api
    #    # What may be asked for of it.
    #    capabilities: [forecast, history]
    #    # The most for one purchase, and the most for routing it.
    #    price_ceiling: 100sat
    #    fee_limit: 10sat
    #    # The seller's node: invoices of any other are refused. Any node when left out.
    #    # payees: [02eec7245d6b7d2ccb30380bfbe2a3648cd7a942653f5aa340edcea1f283686619]
    #    # Which caveats the seller's tokens may carry; [] for a seller that refuses them all.
    #    caveats: [services, capabilities, valid_until]
    #    # How long the copy that an agent gets is good. Short is safe: another costs nothing.
    #    credential_lifetime: 10m

    """
}

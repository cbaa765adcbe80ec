// Processes that share a connection, as a thief and its victim would.
//
// Lines come from files, since they hold tokens; what is answered goes to standard output.
//
//   early SOCKET A       a child sends A before this process has sent anything
//   inherit SOCKET A B   this process sends A and reads the answer; then a child sends B
//   split SOCKET A       a child sends the first half of A, this process the rest
//   queue SOCKET A B     a child sends A and then this process B, without waiting for answers
//   lend SOCKET PLACE A  sends A, reads the answer, and passes the connection on at PLACE
//   borrow PLACE B       takes a connection from PLACE and sends B on it
//   attach SOCKET A N    sends A N times, each time with two descriptors
//   activate AGENTS OPERATORS PROGRAM ARGUMENTS…
//                        opens both sockets and becomes the program, as a service manager does
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static struct sockaddr_un address(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) fail("path");
  strcpy(address.sun_path, path);
  return address;
}

static int dial(const char *path) {
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un place = address(path);
  if (connect(descriptor, (struct sockaddr *)&place, sizeof place) != 0) fail(path);
  return descriptor;
}

// The line in a file, with one line feed at its end.
static char *line(const char *path) {
  static char text[1 << 16];
  int file = open(path, O_RDONLY);
  ssize_t length = read(file, text, sizeof text - 2);
  if (length <= 0) fail(path);
  close(file);
  if (text[length - 1] != '\n') text[length++] = '\n';
  text[length] = 0;
  return strdup(text);
}

static void say(int descriptor, const char *text, size_t length) {
  // The other end may have closed by now, and have said why.
  (void)!send(descriptor, text, length, MSG_NOSIGNAL);
}

static void say_line(int descriptor, const char *text) { say(descriptor, text, strlen(text)); }

// Prints one answer, or all of them until the connection ends.
static void hear(int descriptor, int all) {
  char byte;
  while (read(descriptor, &byte, 1) == 1) {
    putchar(byte);
    if (byte == '\n' && !all) break;
  }
  fflush(stdout);
}

static void wait_for(pid_t child) {
  int status;
  if (waitpid(child, &status, 0) != child || status != 0) fail("child");
}

static void lend(const char *place, int lent) {
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  struct sockaddr_un name = address(place);
  if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0) fail(place);
  if (listen(listener, 1) != 0) fail("listen");
  int borrower = accept(listener, NULL, NULL);
  char byte = 'x', room[CMSG_SPACE(sizeof lent)] = {0};
  struct iovec vector = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  struct cmsghdr *control = CMSG_FIRSTHDR(&message);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(sizeof lent);
  memcpy(CMSG_DATA(control), &lent, sizeof lent);
  if (sendmsg(borrower, &message, 0) != 1) fail("sendmsg");
  // It lives on for as long as the borrower does.
  hear(borrower, 1);
}

static void borrow(const char *place, const char *text) {
  int lender = dial(place), lent = -1;
  char byte, room[CMSG_SPACE(sizeof lent)];
  struct iovec vector = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
  if (recvmsg(lender, &message, 0) != 1) fail("recvmsg");
  memcpy(&lent, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof lent);
  say_line(lent, text);
  shutdown(lent, SHUT_WR);
  hear(lent, 1);
}

static void attach(int descriptor, const char *text, int count) {
  for (int turn = 0; turn < count; turn++) {
    int sent[2] = {0, 1};
    char room[CMSG_SPACE(sizeof sent)] = {0};
    struct iovec vector = {(char *)text, strlen(text)};
    struct msghdr message = {
        .msg_iov = &vector, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof room};
    struct cmsghdr *control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(sizeof sent);
    memcpy(CMSG_DATA(control), sent, sizeof sent);
    if (sendmsg(descriptor, &message, MSG_NOSIGNAL) < 0) fail("sendmsg");
    hear(descriptor, 0);
  }
}

static void activate(char **arguments) {
  for (int turn = 0; turn < 2; turn++) {
    struct sockaddr_un name = address(arguments[turn]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&name, sizeof name) != 0) fail(arguments[turn]);
    if (listen(listener, 8) != 0 || dup2(listener, 20 + turn) < 0) fail("listen");
    close(listener);
  }
  dup2(20, 3);
  dup2(21, 4);
  close(20);
  close(21);
  char number[16];
  snprintf(number, sizeof number, "%d", getpid());
  setenv("LISTEN_PID", number, 1);
  setenv("LISTEN_FDS", "2", 1);
  setenv("LISTEN_FDNAMES", "agents:operators", 1);
  execv(arguments[2], arguments + 2);
  fail("exec");
}

int main(int count, char **arguments) {
  if (count < 4) return 2;
  const char *verb = arguments[1];
  if (strcmp(verb, "borrow") == 0) {
    borrow(arguments[2], line(arguments[3]));
    return 0;
  }
  if (strcmp(verb, "activate") == 0) {
    if (count < 5) return 2;
    activate(arguments + 2);
  }
  int descriptor = dial(arguments[2]);
  if (strcmp(verb, "lend") == 0) {
    if (count < 5) return 2;
    say_line(descriptor, line(arguments[4]));
    hear(descriptor, 0);
    lend(arguments[3], descriptor);
    return 0;
  }
  char *first = line(arguments[3]);
  char *second = count > 4 && strcmp(verb, "attach") != 0 ? line(arguments[4]) : NULL;
  if (strcmp(verb, "attach") == 0) {
    attach(descriptor, first, atoi(arguments[4]));
    return 0;
  }
  size_t half = strlen(first) / 2;
  if (strcmp(verb, "inherit") == 0) {
    say_line(descriptor, first);
    hear(descriptor, 0);
  }
  pid_t child = fork();
  if (child == 0) {
    if (strcmp(verb, "split") == 0) say(descriptor, first, half);
    if (strcmp(verb, "early") == 0 || strcmp(verb, "queue") == 0) say_line(descriptor, first);
    if (strcmp(verb, "inherit") == 0) say_line(descriptor, second);
    _exit(0);
  }
  wait_for(child);
  if (strcmp(verb, "split") == 0) say_line(descriptor, first + half);
  if (strcmp(verb, "queue") == 0) say_line(descriptor, second);
  shutdown(descriptor, SHUT_WR);
  hear(descriptor, 1);
  return 0;
}

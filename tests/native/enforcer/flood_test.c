/*
 * flood_test.c - malicious peers: many, silent, noisy, not reading. The enforcer's memory and descriptors stay
 * constant, and a well-behaved peer is answered at once.
 */
#include "stage.h"

#include <signal.h>

#ifndef AT_ONCE_MS
#define AT_ONCE_MS 100 /* all of this shares two processors */
#endif
#define PROCESSES 300
#define OF_EACH 16

static char garbage[10u << 20];

static long status_of(const char *name)
{
	char path[40], content[4096];
	ssize_t length;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%d/status", enforcer);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = read(fd, content, sizeof(content) - 1);
	(void)close(fd);
	content[length > 0 ? length : 0] = '\0';
	return (long)number_in(content, name);
}

static int count_descriptors(void)
{
	char path[40];
	int found = 0;

	for (int fd = 0; fd < 9000; fd++) {
		struct stat any;

		(void)snprintf(path, sizeof(path), "/proc/%d/fd/%d", enforcer, fd);
		found += lstat(path, &any) == 0;
	}
	return found;
}

/* Reads and discards messages until none comes for a while. */
static unsigned int hear_all(int quiet_ms)
{
	unsigned int lines = 0;

	while (hear(quiet_ms) != NULL)
		lines++;
	return lines;
}

/* As an honest peer and agent would, between the lines of other peers. */
static int register_in_crowd(unsigned long *ret_id)
{
	char wanted[40];
	const char *line;
	int fd = call();

	(void)snprintf(wanted, sizeof(wanted), "\"pid\":%d,", getpid());
	while ((line = hear(LIMIT_MS)) != NULL && strstr(line, wanted) == NULL)
		;
	*ret_id = number_in(line, "\"id\":");
	say("protect %lu\n", *ret_id);
	while ((line = hear(LIMIT_MS)) != NULL && strncmp(line, "{\"t\":\"protected\"", 16) != 0)
		;
	CHECK(line != NULL && strstr(line, "\"ok\":true") != NULL);
	return fd;
}

static void test_a_process_has_a_share(void)
{
	int peers[OF_EACH + 1];
	char text[100];

	start_enforcer();
	for (int i = 0; i < OF_EACH; i++)
		peers[i] = call_in(&id);
	peers[OF_EACH] = call();
	CHECK(receive(peers[OF_EACH], text, sizeof(text), LIMIT_MS) > 0);
	CHECK(strcmp(text, "{\"op\":\"error\",\"reason\":\"too many connections from one process\"}\n") == 0);
	CHECK_EQUAL(receive(peers[OF_EACH], text, sizeof(text), LIMIT_MS), 0);
	(void)close(peers[0]);
	hear_of("{\"t\":\"closed\"");
	(void)close(call_in(&id)); /* there is room again */
	for (int i = 1; i <= OF_EACH; i++)
		(void)close(peers[i]);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void test_lines_that_are_too_long(void)
{
	start_enforcer();
	memset(garbage, 'x', sizeof(garbage));
	peer = call_in(&id);
	garbage[4095] = '\n';
	CHECK_EQUAL(send(peer, garbage, 4096, MSG_NOSIGNAL), 4096);
	CHECK(strlen(hear(LIMIT_MS)) > 4095);
	say("answer %lu 1\n", id);
	garbage[4095] = 'x';
	garbage[4096] = '\n';
	CHECK_EQUAL(send(peer, garbage, 4097, MSG_NOSIGNAL), 4097);
	CHECK_EQUAL(hear_of("{\"t\":\"closed\""), id);
	(void)close(peer);
	garbage[4096] = 'x';
	peer = call_in(&id);
	CHECK(send(peer, garbage, sizeof(garbage), MSG_NOSIGNAL) < (ssize_t)sizeof(garbage));
	CHECK_EQUAL(hear_of("{\"t\":\"closed\""), id);
	(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

/* The timeout is 1.5 s here, checked once a second. */
static void test_a_late_peer(void)
{
	unsigned long mute, half, good;
	int mute_peer, half_peer, good_peer;
	int64_t start = now_ms();

	start_enforcer();
	mute_peer = call_in(&mute);
	half_peer = register_peer(&half);
	good_peer = register_peer(&good);
	ask(half_peer, "half a li");
	CHECK_EQUAL(hear_of("{\"t\":\"closed\"") + hear_of("{\"t\":\"closed\""), mute + half);
	CHECK(now_ms() - start >= 1400 && now_ms() - start < LIMIT_MS);
	CHECK(hear(2600) == NULL); /* a registered peer may be silent */
	CHECK(converse(good_peer, good) < AT_ONCE_MS);
	(void)(close(mute_peer) + close(half_peer) + close(good_peer));
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void test_a_peer_that_never_reads(void)
{
	static char answer[65000];
	unsigned long deaf, good;
	int deaf_peer, good_peer, answered = 0;
	const char *line = NULL;

	start_enforcer();
	deaf_peer = register_peer(&deaf);
	good_peer = register_peer(&good);
	memset(answer, 'a', sizeof(answer) - 1);
	for (int i = 0; i < 10; i++)
		ask(deaf_peer, "more\n");
	while ((line = hear(200)) != NULL && strncmp(line, "{\"t\":\"line\"", 11) == 0) {
		say("answer %lu %s\n", deaf, answer);
		answered++;
	}
	CHECK_EQUAL(answered, 1); /* the next request waits until the answer is read */
	CHECK(converse(good_peer, good) < AT_ONCE_MS);
	if (line == NULL)
		line = hear(LIMIT_MS);
	CHECK(line != NULL && strncmp(line, "{\"t\":\"closed\"", 13) == 0);
	(void)(close(deaf_peer) + close(good_peer));
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void test_a_slow_reader_gets_all(void)
{
	static char answer[65000];
	size_t got = 0;

	memset(answer, 'a', sizeof(answer) - 1);
	ask(peer, "more\nand\n");
	hear_of("{\"t\":\"line\"");
	say("answer %lu %s\nclose %lu\n", id, answer, id);
	while (got < sizeof(answer)) {
		ssize_t some = receive(peer, garbage, 3000, LIMIT_MS);

		if (!CHECK(some > 0))
			break;
		got += (size_t)some;
	}
	CHECK_EQUAL(got, sizeof(answer));
	CHECK_EQUAL(receive(peer, garbage, 10, LIMIT_MS), 0); /* closed once it had read */
}

static void pass_descriptors(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(int) * 100)];
	} control = { .head = { .cmsg_len = CMSG_LEN(sizeof(int) * 100), .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS } };
	struct iovec part = { garbage, 1 };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control,
				  .msg_controllen = sizeof(control.bytes) };
	int fds[100];

	for (int i = 0; i < 100; i++)
		fds[i] = peer;
	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	garbage[0] = '\n';
	CHECK_EQUAL(sendmsg(peer, &message, 0), 1);
}

static void test_descriptors_are_not_taken(void)
{
	int before;

	before = count_descriptors();
	for (int i = 0; i < 20; i++) {
		pass_descriptors();
		hear_of("{\"t\":\"line\"");
		say("answer %lu x\n", id);
		CHECK_EQUAL(receive(peer, garbage, 10, LIMIT_MS), 2);
	}
	CHECK_EQUAL(count_descriptors(), before);
}

/* Opens more connections than allowed, sends garbage on all, and stays until it is killed. */
static void be_a_nuisance(unsigned int seed)
{
	int peers[OF_EACH * 2];

	(void)close(agent);
	for (int i = 0; i < OF_EACH * 2; i++) {
		peers[i] = call();
		(void)send(peers[i], garbage, 1 + (seed + (unsigned int)i) % 5000, MSG_NOSIGNAL | MSG_DONTWAIT);
	}
	(void)pause();
	_exit(0);
}

/* 9,600 connections from many processes: more than the table holds. */
static void test_a_crowd(void)
{
	static pid_t nuisances[PROCESSES];
	int64_t worst = 0;
	int before;
	long memory;

	start_enforcer();
	memset(garbage, 'x', sizeof(garbage));
	peer = register_peer(&id);
	before = count_descriptors();
	memory = status_of("VmRSS:");
	for (unsigned int i = 0; i < PROCESSES; i++) {
		int64_t took;

		nuisances[i] = fork();
		if (nuisances[i] == 0)
			be_a_nuisance(i * 131);
		took = converse(peer, id);
		worst = took > worst ? took : worst;
	}
	printf("  a peer's worst answer among %d connections: %lld ms; memory %ld KiB, then %ld KiB\n",
	       PROCESSES * OF_EACH * 2, (long long)worst, memory, status_of("VmRSS:"));
	CHECK(worst < AT_ONCE_MS * 5);
	CHECK(SANITIZED || status_of("VmRSS:") - memory < 8192);
	(void)close(peer);
	peer = register_in_crowd(&id);
	CHECK(converse(peer, id) < AT_ONCE_MS * 5);
	for (unsigned int i = 0; i < PROCESSES; i++)
		(void)kill(nuisances[i], SIGKILL);
	for (unsigned int i = 0; i < PROCESSES; i++)
		(void)waitpid(nuisances[i], NULL, 0);
	(void)hear_all(2600);
	CHECK_EQUAL(count_descriptors(), before);
	(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

/* The agent reads nothing while events keep coming: they are counted, and answers still arrive. */
static void test_a_flood_of_events(void)
{
	struct ct_event event = { .kind = CT_ACCESS, .vector = CT_V_proc_mem };
	unsigned long lost = 0, heard = 0;
	const char *line;

	for (int i = 0; i < 20000; i++) {
		while (!fake_event_fits(&event))
			(void)usleep(100);
	}
	ask(peer, "question\n");
	say("stats\n");
	while ((line = hear(1500)) != NULL) {
		heard += strncmp(line, "{\"t\":\"event\"", 12) == 0;
		lost += strncmp(line, "{\"t\":\"lost\"", 11) == 0 ? number_in(line, "\"count\":") : 0;
		if (strncmp(line, "{\"t\":\"line\"", 11) == 0)
			say("answer %lu now\n", id);
	}
	CHECK_EQUAL(receive(peer, garbage, 10, LIMIT_MS), 4);
	printf("  %lu events reported, %lu lost and counted\n", heard, lost);
	CHECK_EQUAL(heard + lost, 20000);
	CHECK(lost > 1000 && heard > 100);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a process has its share of connections", test_a_process_has_a_share },
		{ "a line may have 4,096 bytes and not one more", test_lines_that_are_too_long },
		{ "a late peer is closed", test_a_late_peer },
		{ "a peer that never reads is closed, and costs others nothing", test_a_peer_that_never_reads },
		{ "a slow reader gets all of a long answer", test_a_slow_reader_gets_all, with_registered },
		{ "descriptors that a peer passes are not taken", test_descriptors_are_not_taken, with_registered },
		{ "a crowd of nuisances", test_a_crowd },
		{ "a flood of events", test_a_flood_of_events, with_registered },
	};
	int result = RUN(tests);

	(void)unlink(place);
	(void)rmdir(folder);
	return result;
}

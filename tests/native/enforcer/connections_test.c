/*
 * connections_test.c - the enforcer between peers and agent: what each side gets, in which order, and which peers are
 * refused. flood_test.c has malicious peers.
 */
#include "stage.h"

static char text[70000];

static void test_a_conversation(void)
{
	char wanted[200];

	start_enforcer();
	peer = call();
	id = hear_of("{\"t\":\"open\"");
	CHECK(id > 0);
	(void)close(peer);
	hear_of("{\"t\":\"closed\"");
	peer = call();
	(void)snprintf(wanted, sizeof(wanted), ",\"pid\":%d,\"uid\":%u,\"nspid\":%d}", getpid(), getuid(), getpid());
	CHECK(strstr(hear(LIMIT_MS), wanted) != NULL);
	ask(peer, "{\"op\":\"hello\"}\n");
	id = hear_of("{\"t\":\"line\"");
	say("answer %lu {\"op\":\"hello\"}\n", id);
	CHECK_EQUAL(receive(peer, text, sizeof(text), LIMIT_MS), 15);
	CHECK(strcmp(text, "{\"op\":\"hello\"}\n") == 0);
	say("close %lu\n", id);
	CHECK_EQUAL(hear_of("{\"t\":\"closed\""), id);
	CHECK_EQUAL(receive(peer, text, sizeof(text), LIMIT_MS), 0);
	(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void test_bytes_of_a_line(void)
{
	CHECK_EQUAL(send(peer, "a\"\\\t\xff\0z\n", 8, 0), 8);
	CHECK(strstr(hear(LIMIT_MS), "\"line\":\"a\\\"\\\\\\u0009\\u00ff\\u0000z\"}") != NULL);
	say("answer %lu \xc3\xa4 {x}\n", id);
	CHECK_EQUAL(receive(peer, text, sizeof(text), LIMIT_MS), 7);
	CHECK(strcmp(text, "\xc3\xa4 {x}\n") == 0);
	ask(peer, "\n");
	CHECK(strstr(hear(LIMIT_MS), "\"line\":\"\"}") != NULL);
}

static void test_one_request_at_a_time(void)
{
	ask(peer, "one\ntwo\nthr");
	CHECK(strstr(hear(LIMIT_MS), "\"one\"") != NULL);
	CHECK(hear(50) == NULL);
	say("answer %lu 1\n", id);
	CHECK(strstr(hear(LIMIT_MS), "\"two\"") != NULL);
	ask(peer, "ee\n");
	CHECK_EQUAL(shutdown(peer, SHUT_WR), 0); /* a peer that sends no more still gets answers */
	say("answer %lu 2\n", id);
	CHECK(strstr(hear(LIMIT_MS), "\"three\"") != NULL);
	say("answer %lu 3\n", id);
	CHECK_EQUAL(hear_of("{\"t\":\"closed\""), id);
	CHECK_EQUAL(receive(peer, text, sizeof(text), LIMIT_MS), 6);
	CHECK(strcmp(text, "1\n2\n3\n") == 0);
}

static void test_protection(void)
{
	char wanted[100];

	say("protect %lu\n", id);
	(void)snprintf(wanted, sizeof(wanted), "{\"t\":\"protected\",\"id\":%lu,\"pid\":%d,\"ok\":true,\"tree\":1}", id,
		       getpid());
	CHECK(strcmp(hear(LIMIT_MS), wanted) == 0);
	say("stats\n");
	CHECK(strcmp(hear(LIMIT_MS), "{\"t\":\"stats\",\"processes\":1,\"trees\":1,\"counts\":{\"proc_mem\":3}}") == 0);
	(void)close(peer);
	peer = -1;
	hear_of("{\"t\":\"closed\"");
	say("protect %lu\n", id);
	CHECK(strstr(hear(LIMIT_MS), "\"ok\":false,\"reason\":\"the connection is closed\"}") != NULL);
	say("answer %lu x\nclose %lu\n", id, id); /* too late, and harmless */
	say("stats\n");
	hear_of("{\"t\":\"stats\"");
}

static void test_refused_protection(void)
{
	fake_protect_answers(-E2BIG);
	start_enforcer();
	fake_protect_answers(0);
	peer = call_in(&id);
	say("protect %lu\n", id);
	CHECK(strstr(hear(LIMIT_MS), "\"ok\":false,\"reason\":\"the table of protected processes is full\"}") != NULL);
	(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void write_as_another(void *socket)
{
	ask(*(int *)socket, "from another process\n");
}

static void test_only_the_peer_itself_may_ask(void)
{
	CHECK_EQUAL(in_child(write_as_another, &peer), 0);
	CHECK_EQUAL(hear_of("{\"t\":\"closed\""), id);
}

static void connect_and_leave(void *socket)
{
	*(int *)socket = call();
}

/* This process keeps the descriptor, but the process that connected has ended when it is identified. */
static void test_peer_that_has_ended(void)
{
	start_enforcer();
	(void)kill(enforcer, SIGSTOP);
	CHECK_EQUAL(in_child(connect_and_leave, &peer), 0);
	(void)kill(enforcer, SIGCONT);
	peer = call_in(&id); /* the other one was not reported */
	CHECK(converse(peer, id) < 1000);
	(void)close(peer);
	CHECK_EQUAL(stop_enforcer(), CLEAN_END);
}

static void test_events_stand_before_the_question(void)
{
	struct ct_event event = { .kind = CT_ACCESS, .vector = CT_V_proc_mem, .own_probe = 1, .time = 5000000 };

	(void)snprintf(event.attacker.comm, sizeof(event.attacker.comm), "fifteen-bytes-x");
	memset(event.attacker.exe, 'e', sizeof(event.attacker.exe)); /* without NUL at its end */
	for (int i = 0; i < 200 && failures == 0; i++) {
		fake_event(&event);
		ask(peer, "seen?\n");
		hear_of("{\"t\":\"event\",\"time\":5,\"vector\":\"proc_mem\",\"program\":\"program\","
			"\"backend\":\"bpf lsm\",\"action\":\"blocked\",\"ownProbe\":true,\"arg\":0,"
			"\"attacker\":{\"pid\":0,\"tid\":0,\"uid\":0,\"comm\":\"fifteen-bytes-x\","
			"\"exe\":\"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee\",\"cgroup\":0,\"tree\":0},"
			"\"target\":{\"pid\":0,\"tree\":0,\"comm\":\"\"}}");
		CHECK_EQUAL(hear_of("{\"t\":\"line\""), id);
		say("answer %lu yes\n", id);
		CHECK_EQUAL(receive(peer, text, sizeof(text), LIMIT_MS), 4);
	}
	event = (struct ct_event){ .kind = CT_ENDED, .target.tree = 7 };
	fake_event(&event);
	hear_of("{\"t\":\"ended\",\"tree\":7}");
}

static void test_a_newcomer_takes_the_place(void)
{
	pid_t old_enforcer;
	unsigned long other;
	int old_agent, later;

	start_enforcer();
	peer = call_in(&id);
	old_enforcer = enforcer;
	old_agent = agent;
	start_enforcer();
	later = call_in(&other);
	CHECK(converse(later, other) < 1000);
	agent = old_agent;
	CHECK(converse(peer, id) < 1000); /* the old one keeps its connections */
	(void)close(old_agent);
	(void)waitpid(old_enforcer, NULL, 0);
	(void)close(later);
	(void)close(peer);
	(void)kill(enforcer, SIGKILL);
	(void)waitpid(enforcer, NULL, 0);
}

static void test_the_socket_in_the_file_system(void)
{
	const char *why = "";
	struct stat found;
	int first, second;

	(void)umask(077);
	first = listener_open(place, &why);
	CHECK(first >= 0);
	CHECK_EQUAL(stat(place, &found), 0);
	CHECK_EQUAL(found.st_mode & 07777, 0666);
	second = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_EQUAL(fchmod(second, 0777), 0);
	CHECK_EQUAL(listener_open(place, &why), -EPERM);
	CHECK(strstr(why, "0755") != NULL);
	CHECK_EQUAL(fchmod(second, 0755), 0);
	(void)close(second);
	CHECK_EQUAL(listener_open("relative", &why), -EINVAL);
	CHECK_EQUAL(listener_open("/nonexistent/more/agent.sock", &why), -ENOENT);
	memset(text, 'x', 200);
	text[0] = '/';
	text[200] = '\0';
	CHECK_EQUAL(listener_open(text, &why), -ENAMETOOLONG);
	(void)close(first);
	(void)unlink(place);
}

static void test_it_removes_its_own_socket_only(void)
{
	const char *why = "";
	struct stat found;
	int first = listener_open(place, &why);

	CHECK_EQUAL(unlink(place), 0);
	CHECK_EQUAL(mknod(place, S_IFREG | 0600, 0), 0);
	listener_remove();
	CHECK_EQUAL(stat(place, &found), 0);
	(void)close(first);
	first = listener_open(place, &why);
	CHECK(first >= 0);
	listener_remove();
	CHECK_EQUAL(stat(place, &found), -1);
	(void)close(first);
}

static void test_ends(void)
{
	int status = -1;

	start_enforcer();
	say("nonsense\n");
	(void)waitpid(enforcer, &status, 0);
	CHECK_EQUAL(WEXITSTATUS(status), ERROR_END);
	(void)close(agent);
	start_enforcer();
	say("protect 12x\n");
	(void)waitpid(enforcer, &status, 0);
	CHECK_EQUAL(WEXITSTATUS(status), ERROR_END);
	(void)close(agent);
	start_enforcer();
	say("stats\n"); /* it runs, and handles signals itself */
	hear_of("{\"t\":\"stats\"");
	(void)kill(enforcer, SIGTERM);
	(void)waitpid(enforcer, &status, 0);
	CHECK_EQUAL(status, 0);
	(void)close(agent);
}

/* A request that arrives before the connection is accepted. */
static void test_a_question_at_once(void)
{
	char line[8], room[CMSG_SPACE(sizeof(struct ucred))];
	struct iovec part = { line, sizeof(line) };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = room, .msg_controllen = sizeof(room) };
	const struct cmsghdr *who;
	const char *why = NULL;
	int listener = listener_open(place, &why), asks = call(), accepted = accept(listener, NULL, NULL);

	ask(asks, "at once\n");
	CHECK_EQUAL(recvmsg(accepted, &message, 0), 8);
	who = CMSG_FIRSTHDR(&message);
	CHECK(who != NULL && who->cmsg_type == SCM_CREDENTIALS);
	(void)(close(asks) + close(accepted) + close(listener));
	(void)unlink(place);
}

int main(void)
{
	static const struct test tests[] = {
		{ "a conversation, from open to closed", test_a_conversation },
		{ "any bytes of a line reach the agent", test_bytes_of_a_line, with_peer },
		{ "an immediate request has its sender's credentials", test_a_question_at_once },
		{ "one request at a time, and no answer is lost", test_one_request_at_a_time, with_peer },
		{ "protection and its statistics", test_protection, with_peer },
		{ "a refused protection has its reason", test_refused_protection },
		{ "only the process that connected may ask", test_only_the_peer_itself_may_ask, with_peer },
		{ "a process that has ended is not a peer", test_peer_that_has_ended },
		{ "events precede a later request", test_events_stand_before_the_question, with_registered },
		{ "a new enforcer replaces the socket, the old one keeps its peers", test_a_newcomer_takes_the_place },
		{ "the socket: mode, directory, path", test_the_socket_in_the_file_system },
		{ "it removes its own socket only", test_it_removes_its_own_socket_only },
		{ "it ends with its agent, at a signal, at an invalid command", test_ends },
	};
	int result = RUN(tests);

	(void)unlink(place);
	(void)rmdir(folder);
	return result;
}

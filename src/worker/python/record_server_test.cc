// The recorder of Triton candidates in its sandbox: what candidates cannot do
// to it there. What becomes of honest ones is tested in tests/python.
#include "worker/python/record_server.h"

#include <optional>

#include "process/find_python.h"
#include "worker/python/testing/move_request.h"
#include "worker/sandbox/testing/fixture.h"

namespace kernelevolve::worker::testing {
namespace {

Json Request(const std::string& body, int limit_s = 20) {
  Json request = MoveRequest();
  request["source"] = kMoveKernel + body;
  request["limit_s"] = limit_s;
  request["compile_limit_s"] = 60;
  return request;
}

class RecordServerTest : public SandboxTest {
 protected:
  void SetUp() override {
    SandboxTest::SetUp();
    if (HasFatalFailure()) return;
    const auto python = FindPython("torch", stop_);
    if (!python) GTEST_SKIP() << python.error().message;
    const auto data = DataFolder();
    ASSERT_TRUE(data) << data.error().message;
    PythonRecorderOptions options;
    options.runners = *data / "runners" / "python";
    server_.emplace(*sandbox_, RecordServerOptions(options), stop_);
  }

  // The body of run, and statements of it.
  Json Ask(const std::string& body, int limit_s = 20) {
    Json reply;
    const auto outcome =
        server_->Ask(Request(body, limit_s), std::chrono::seconds(40), &reply);
    EXPECT_TRUE(outcome) << outcome.error().message;
    if (outcome && *outcome)
      reply = {{"ok", false}, {"died", (*outcome)->message},
               {"log", (*outcome)->log}};
    return reply;
  }

  void ExpectServes() {
    const Json reply = Ask(kMoveLaunch);
    EXPECT_EQ(GetBool(reply, "ok"), true) << DumpJson(reply);
    EXPECT_EQ(GetMember(reply, "modules").size(), 1u);
  }

  StopCondition stop_;
  std::optional<PythonServer> server_;
};

TEST_F(RecordServerTest, RecordsInsideTheSandbox) {
  EXPECT_FALSE(server_->running());
  ExpectServes();
  EXPECT_TRUE(server_->running());
  ExpectServes();
}

TEST_F(RecordServerTest, AForkBombEndsWithItsCandidate) {
  const Json reply = Ask(
      "    while True:\n"
      "        try:\n"
      "            if os.fork() == 0: os.setsid()\n"
      "        except OSError: pass\n",
      /*limit_s=*/3);
  EXPECT_EQ(GetString(reply, "code"), "TIMEOUT") << DumpJson(reply);
  ExpectServes();
}

TEST_F(RecordServerTest, TheServerIsOutOfReach) {
  const Json reply = Ask(
      "    import signal\n"
      "    try: open('/proc/1/mem', 'r+b')\n"
      "    except OSError: pass\n"
      "    else: raise Exception('its memory is open')\n"
      "    for number in range(1, 32):\n"
      "        try: os.kill(1, number)\n"
      "        except OSError: pass\n" +
      std::string(kMoveLaunch));
  EXPECT_EQ(GetBool(reply, "ok"), true) << DumpJson(reply);
  ExpectServes();
}

TEST_F(RecordServerTest, NothingIsLeftForTheNextCandidate) {
  Ask("    open('/tmp/left', 'w').write('x')\n"
      "    if os.fork() == 0:\n"
      "        os.setsid()\n"
      "        while True: pass\n" +
      std::string(kMoveLaunch));
  const Json reply = Ask(
      "    assert os.listdir('/tmp') == ['candidate'], os.listdir('/tmp')\n"
      "    numbers = sorted(int(n) for n in os.listdir('/proc') if n.isdigit())\n"
      "    assert set(numbers) <= {1, os.getpid()}, numbers\n" +
      std::string(kMoveLaunch));
  EXPECT_EQ(GetBool(reply, "ok"), true) << DumpJson(reply);
}

TEST_F(RecordServerTest, NeitherNetworkNorOurDataIsThere) {
  const auto data = DataFolder();
  ASSERT_TRUE(data);
  const Json reply = Ask("    assert not os.path.exists('" +
                         (*data / "tasks").string() +
                         "')\n"
                         "    import socket\n"
                         "    try: socket.socket()\n"
                         "    except OSError: pass\n"
                         "    else: raise Exception('a socket')\n" +
                         std::string(kMoveLaunch));
  EXPECT_EQ(GetBool(reply, "ok"), true) << DumpJson(reply);
}

TEST_F(RecordServerTest, StartsAgainAfterADeath) {
  ExpectServes();
  Json reply;
  // Longer than it is given: what answers late is not asked again.
  const auto outcome =
      server_->Ask(Request("    while True: pass\n"),
                   std::chrono::milliseconds(500), &reply);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->code, Code::kTimeout);
  EXPECT_FALSE(server_->running());
  ExpectServes();
}

}  // namespace
}  // namespace kernelevolve::worker::testing

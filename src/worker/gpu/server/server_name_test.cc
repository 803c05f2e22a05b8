#include "worker/gpu/server/server_name.h"

#include <gtest/gtest.h>

#include <set>

#include "worker/gpu/server/device_server.h"

namespace kernelevolve::worker::gpu {
namespace {

class ServerNameTest : public testing::Test {
 protected:
  ServerNameTest() : folder_(*TempFolder::Create("server-name")) {
    kind_.program = folder_.path() / "worker";
    kind_.runners = folder_.path() / "runners";
    EXPECT_TRUE(MakeFolders(kind_.runners / "python"));
    Write(kind_.program, "build one");
    Write(kind_.runners / "python" / "server.py", "serve()");
  }

  void Write(const fs::path& file, const std::string& text) {
    ASSERT_TRUE(WriteFileAtomic(file, text));
  }
  std::string Name() const {
    const auto socket = ServerSocket(folder_.path() / "gpu.lock", kind_);
    EXPECT_TRUE(socket) << socket.error().message;
    return socket ? socket->string() : "";
  }

  TempFolder folder_;
  ServerKind kind_;
};

TEST_F(ServerNameTest, TheSameKindMeets) {
  const std::string name = Name();
  EXPECT_TRUE(name.starts_with((folder_.path() / "gpu.lock-").string()));
  EXPECT_TRUE(name.ends_with(".sock"));
  Write(kind_.runners / "python" / "server.cpython-312.pyc", "compiled");
  EXPECT_EQ(Name(), name);
}

TEST_F(ServerNameTest, OtherKindsDoNotMeet) {
  std::set<std::string> names = {Name()};
  kind_.unsafe_no_sandbox = true;
  names.insert(Name());
  kind_.unsafe_no_sandbox = false;
  Write(kind_.program, "build two");
  names.insert(Name());
  Write(kind_.runners / "python" / "server.py", "serve_otherwise()");
  names.insert(Name());
  Write(kind_.runners / "python" / "more.py", "");
  names.insert(Name());
  EXPECT_EQ(names.size(), 5u);
}

TEST_F(ServerNameTest, AServerRefusesTheNameOfAnotherKind) {
  const fs::path lock = folder_.path() / "gpu.lock";
  const auto kind = OwnServerKind(/*unsafe_no_sandbox=*/false);
  ASSERT_TRUE(kind);
  const auto safe = ServerSocket(lock, *kind);
  ASSERT_TRUE(safe) << safe.error().message;
  EXPECT_EQ(RunDeviceServer({.socket = *safe, .lane_lock = lock,
                             .unsafe_no_sandbox = true}), 4);
  EXPECT_FALSE(fs::exists(*safe));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu

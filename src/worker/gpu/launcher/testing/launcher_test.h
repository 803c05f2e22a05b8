// The real launcher, as a process, over a stand-in for the driver: what its tests
// share.
#pragma once

#include <elf.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/text.h"
#include "worker/gpu/launcher/launcher_process.h"

namespace kernelevolve::worker::gpu::testing {

inline constexpr uint32_t kCount = 64;  // elements of its tensors

inline std::string Image(const std::string& kernels, uint32_t arch = 90) {
  Elf64_Ehdr header{};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS64;
  header.e_ident[EI_ABIVERSION] = 7;
  header.e_machine = 190;
  header.e_flags = arch;
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) +
         kernels;
}

inline constexpr char kKernels[] =
    "add_one 8 8 4\nfault\nhang\nnothing\nmapped 128 8\n";

inline BufferPlace Input(int index) { return {{BufferRef::Kind::kInput, index}, 0}; }
inline BufferPlace Output(int index) { return {{BufferRef::Kind::kOutput, index}, 0}; }
inline BufferPlace Scratch(int index) {
  return {{BufferRef::Kind::kAllocation, index}, 0};
}

inline LaunchOp Launch(const std::string& kernel) {
  LaunchOp op;
  op.kernel = kernel;
  return op;
}

inline LaunchOp AddOne(const BufferPlace& from, const BufferPlace& to, int stream = 0) {
  LaunchOp op = Launch("add_one");
  op.stream = stream;
  op.parameters.assign(24, 0);
  op.parameters[16] = kCount;
  op.offsets = {0, 8, 16};
  op.pointers = {{0, from}, {8, to}};
  return op;
}

// A launcher with an input and an output, each of kCount floats.
class LauncherTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
    options_.worker_binary = own / "kernelevolve-worker";
    options_.driver = own / "libfake_driver.so";
    log_ = fs::path(::testing::TempDir()) /
           (std::string("launcher_") +
            ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove(log_);
    driver_ = Driver::Open(options_.driver).value();
    input_ = LentMemory::Create(*driver_, 0, kCount * 4).value();
    output_ = LentMemory::Create(*driver_, 0, kCount * 4).value();
    for (uint32_t i = 0; i < kCount; ++i) At(*input_)[i] = static_cast<float>(i);
  }
  void TearDown() override {
    launcher_.reset();
    fs::remove(log_);
  }

  // The stand-in's device memory is this process's too.
  static float* At(const LentMemory& memory) {
    return reinterpret_cast<float*>(memory.address());
  }

  // `fail`: calls of the driver that fail in the launcher.
  void Start(const char* fail = nullptr) {
    setenv("KE_FAKE_DRIVER_LOG", log_.c_str(), 1);
    if (fail) setenv("KE_FAKE_DRIVER_FAIL", fail, 1);
    auto started = LauncherProcess::Start(options_);
    unsetenv("KE_FAKE_DRIVER_LOG");
    unsetenv("KE_FAKE_DRIVER_FAIL");
    ASSERT_TRUE(started) << started.error().message;
    launcher_ = *std::move(started);
    ASSERT_TRUE(launcher_->Lend(1, *input_, false));
    ASSERT_TRUE(launcher_->Lend(2, *output_, true));
  }

  std::optional<Failure> Load(const ShapePlan& plan,
                              const std::string& image = Image(kKernels)) {
    return launcher_->Load(plan, {image}).value();
  }
  std::optional<Failure> Bind(BindReport* report = nullptr) {
    BindRequest request;
    request.inputs = {{1, 0}};
    request.outputs = {{2, 0}};
    request.poison = 0x7fc00000;
    return launcher_->Bind(request, report).value();
  }
  std::optional<Failure> LoadAndBind(const ShapePlan& plan,
                                     const std::string& image = Image(kKernels)) {
    if (auto failure = Load(plan, image)) return failure;
    if (auto failure = Bind()) return failure;
    return launcher_->Setup().value();
  }
  std::optional<Failure> Run(std::chrono::seconds limit = std::chrono::seconds(20)) {
    double host_ns = 0;
    return launcher_->Run(limit, &host_ns).value();
  }

  std::vector<std::string> LogLines() const {
    const std::string text = ReadFile(log_).value_or("");
    std::vector<std::string> lines;
    for (const std::string_view line : Split(text, '\n'))
      if (!line.empty()) lines.emplace_back(line);
    return lines;
  }
  bool Logged(const std::string& line) const {
    const auto lines = LogLines();
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  LauncherOptions options_;
  fs::path log_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<LentMemory> input_, output_;
  std::unique_ptr<LauncherProcess> launcher_;
};

}  // namespace kernelevolve::worker::gpu::testing

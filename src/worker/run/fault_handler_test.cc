// The note a faulting process leaves behind, seen from its parent.
#include "worker/run/fault_handler.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

#include "worker/run/shared_buffer.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KE_SANITIZED 1
#else
#define KE_SANITIZED 0
#endif

namespace kernelevolve::worker {
namespace {

class FaultHandlerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (KE_SANITIZED) GTEST_SKIP() << "the sanitizer handles faults itself";
    auto buffer = SharedBuffer::Create(kPageBytes, false);
    ASSERT_TRUE(buffer);
    buffer_ = *std::move(buffer);
    mailbox_ = new (buffer_->data()) Mailbox();
    void* page = mmap(nullptr, kPageBytes, PROT_READ,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    read_only_ = static_cast<volatile uint8_t*>(page);
  }

  // The exit code of a child that installs the handler and misbehaves.
  template <typename Act>
  int ExitCodeOf(Act act) {
    const pid_t child = fork();
    if (child == 0) {
      InstallFaultHandler(mailbox_);
      act();
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::optional<SharedBuffer> buffer_;
  Mailbox* mailbox_ = nullptr;
  volatile uint8_t* read_only_ = nullptr;
};

TEST_F(FaultHandlerTest, AWriteIsTold) {
  EXPECT_EQ(ExitCodeOf([&] { read_only_[5] = 1; }), 128 + SIGSEGV);
  EXPECT_EQ(mailbox_->fault_signal.load(), SIGSEGV);
  EXPECT_EQ(mailbox_->fault_address.load(),
            reinterpret_cast<uint64_t>(read_only_ + 5));
  EXPECT_EQ(mailbox_->fault_was_write.load(), 1u);
}

TEST_F(FaultHandlerTest, AReadIsToldFromAWrite) {
  munmap(const_cast<uint8_t*>(read_only_), kPageBytes);
  EXPECT_EQ(ExitCodeOf([&] { (void)read_only_[9]; }), 128 + SIGSEGV);
  EXPECT_EQ(mailbox_->fault_address.load(),
            reinterpret_cast<uint64_t>(read_only_ + 9));
  EXPECT_EQ(mailbox_->fault_was_write.load(), 0u);
}

TEST_F(FaultHandlerTest, AnAbortEndsTheProcess) {
  EXPECT_EQ(ExitCodeOf([] { abort(); }), 128 + SIGABRT);
  EXPECT_EQ(mailbox_->fault_signal.load(), SIGABRT);
}

int Recurse(int depth) {
  volatile char frame[4096] = {};
  frame[depth % 4096] = 1;
  return depth < 0 ? 0 : Recurse(depth + 1) + frame[7];
}

TEST_F(FaultHandlerTest, AnOverrunStackIsSurvivedLongEnoughToTell) {
  EXPECT_EQ(ExitCodeOf([] { Recurse(0); }), 128 + SIGSEGV);
  EXPECT_EQ(mailbox_->fault_signal.load(), SIGSEGV);
}

TEST_F(FaultHandlerTest, AGoodProcessLeavesNoNote) {
  EXPECT_EQ(ExitCodeOf([] {}), 0);
  EXPECT_EQ(mailbox_->fault_signal.load(), 0);
}

}  // namespace
}  // namespace kernelevolve::worker

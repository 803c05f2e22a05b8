#include "worker/cubin/kernel_facts.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "process/command.h"
#include "process/find_program.h"
#include "worker/cubin/fatbin.h"

namespace kernelevolve::worker {
namespace {

constexpr char kSource[] = R"(
struct Large { char bytes[20000]; };
__global__ void Plain(char c, double d, float* p) { p[threadIdx.x] = c + d; }
__global__ void Takes(int i, const __grid_constant__ Large l, float* p) {
  p[i] = l.bytes[i];
}
__global__ void __launch_bounds__(128) Shares(float* p) {
  __shared__ float some[100];
  float own[200];
  for (int i = 0; i < 200; ++i) own[i] = p[i];
  some[threadIdx.x] = own[(int)p[3]];
  __syncthreads();
  p[threadIdx.x] = some[3];
}
)";

const KernelFacts* Find(const std::vector<KernelFacts>& all,
                        std::string_view part) {
  for (const KernelFacts& one : all)
    if (one.name.find(part) != std::string::npos) return &one;
  return nullptr;
}

// What nvcc makes of kSource; without nvcc, tests say so and do nothing.
class KernelFactsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!FindProgram("nvcc")) GTEST_SKIP() << "no nvcc in PATH";
    ASSERT_TRUE(folder_);
  }

  std::string Compile(const std::string& kind, const std::string& arch,
                      bool compressed = false) {
    const fs::path source = folder_->path() / "k.cu", made = folder_->path() / "k";
    EXPECT_TRUE(WriteFileAtomic(source, kSource + more_));
    ChildSpec spec;
    spec.argv = {"nvcc", kind, "-gencode=arch=compute_" + arch + ",code=sm_" + arch,
                 "-o", made.string(), source.string()};
    spec.argv.push_back(compressed ? "-compress-mode=size" : "-no-compress");
    const auto outcome =
        RunCommand(spec, {.timeout = std::chrono::seconds(100)}, {});
    EXPECT_TRUE(outcome && !outcome->timed_out) << (outcome ? outcome->errors : "");
    const auto image = ReadFile(made);
    EXPECT_TRUE(image);
    return image ? *image : "";
  }

  std::string more_;  // source behind the other
  const Result<TempFolder> folder_ = TempFolder::Create("ke-facts");
};

void ExpectFactsOfSource(const std::vector<KernelFacts>& facts) {
  ASSERT_EQ(facts.size(), 3u);
  const KernelFacts* plain = Find(facts, "Plain");
  const KernelFacts* takes = Find(facts, "Takes");
  const KernelFacts* shares = Find(facts, "Shares");
  ASSERT_TRUE(plain && takes && shares);
  EXPECT_EQ(plain->parameters,
            (std::vector<KernelParameter>{{0, 1}, {8, 8}, {16, 8}}));
  EXPECT_EQ(plain->ParameterBytes(), 24u);
  EXPECT_EQ(plain->shared_bytes, 0u);
  EXPECT_EQ(plain->max_threads, 1024);
  EXPECT_GT(plain->registers, 4);
  EXPECT_GE(plain->code_bytes, 128u);
  EXPECT_EQ(takes->parameters,
            (std::vector<KernelParameter>{{0, 4}, {4, 20000}, {20008, 8}}));
  EXPECT_EQ(shares->shared_bytes, 400u);
  EXPECT_EQ(shares->local_bytes, 800u);
  EXPECT_EQ(shares->max_threads, 128);
}

TEST_F(KernelFactsTest, ReadsCubinsOfSeveralGenerations) {
  for (const char* arch : {"90a", "100a"}) {
    const auto facts = ReadKernelFacts(Compile("-cubin", arch), 0);
    ASSERT_TRUE(facts) << facts.error().message;
    ExpectFactsOfSource(*facts);
  }
}

TEST_F(KernelFactsTest, VariablesThatKernelsCanWriteAreSeen) {
  const auto holds = [&](const std::string& more, const std::string& kind = "-cubin") {
    more_ = more;
    return HoldsVariables(Compile(kind, "90a"), 90);
  };
  EXPECT_EQ(holds(""), false);
  EXPECT_EQ(holds("__constant__ int table[4];"
                  "__global__ void Looks(int* p) { *p = table[*p]; }"), false);
  const std::string counter = "__device__ int calls;"
                              "__global__ void Count() { ++calls; }";
  EXPECT_EQ(holds(counter), true);
  EXPECT_EQ(holds(counter, "-fatbin"), true);
  EXPECT_EQ(holds("__device__ int left = 20;"
                  "__global__ void Count() { --left; }"), true);
  EXPECT_FALSE(HoldsVariables("no image", 90));
}

TEST_F(KernelFactsTest, FindsAnArchitectureInAFatbin) {
  const std::string image = Compile("-fatbin", "90a");
  ASSERT_TRUE(IsFatbin(image));
  const auto facts = ReadKernelFacts(image, 90);
  ASSERT_TRUE(facts) << facts.error().message;
  ExpectFactsOfSource(*facts);
  const auto other = ReadKernelFacts(image, 80);
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message.find("sm_80"), std::string::npos);
}

TEST_F(KernelFactsTest, ACompressedImageIsSaidToBeOne) {
  const auto facts = ReadKernelFacts(Compile("-fatbin", "90a", true), 90);
  ASSERT_FALSE(facts);
  EXPECT_NE(facts.error().message.find("compressed"), std::string::npos);
}

TEST_F(KernelFactsTest, TruncatedImagesAreRefused) {
  for (const char* kind : {"-cubin", "-fatbin"}) {
    const std::string image = Compile(kind, "90a");
    for (size_t size = 0; size + 1 < image.size() / 2; size += 7)
      EXPECT_FALSE(ReadKernelFacts(image.substr(0, size), 90)) << size;
  }
}

TEST_F(KernelFactsTest, NoImageIsSoBrokenThatReadingItBreaks) {
  const std::string image = Compile("-fatbin", "90a");
  int refused = 0;
  for (size_t at = 0; at < image.size(); ++at) {
    std::string broken = image;
    broken[at] = static_cast<char>(broken[at] ^ (at % 2 ? 0xff : 0x80));
    refused += !ReadKernelFacts(broken, 90);
  }
  EXPECT_GT(refused, 50);
}

TEST(FatbinTest, WhatIsNoImageIsRefused) {
  EXPECT_FALSE(ReadKernelFacts("", 90));
  EXPECT_FALSE(ReadKernelFacts("\x7f" "ELF", 90));
  EXPECT_FALSE(ReadKernelFacts(std::string(4096, '\xff'), 90));
  EXPECT_FALSE(FatbinBytes(std::string_view("\x50\xed\x55\xba", 4)));
  // A header that promises more than an address holds.
  std::string endless("\x50\xed\x55\xba\x01\x00\x10\x00", 8);
  endless += std::string(8, '\xff');
  EXPECT_FALSE(FatbinBytes(endless));
}

}  // namespace
}  // namespace kernelevolve::worker

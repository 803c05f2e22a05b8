#include "worker/gpu/judge/shaken_ptx.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr std::string_view kHead = ".version 9.0\n.target sm_90a\n.address_size 64\n";

std::string Entry(const std::string& body, const std::string& linkage = ".visible ") {
  return std::string(kHead) + linkage + ".entry k(\n\t.param .u64 k_0\n)\n.maxntid 256\n{\n" +
         body + "}\n";
}

ptrdiff_t CountOf(std::string_view text, std::string_view part) {
  ptrdiff_t count = 0;
  for (size_t at = text.find(part); at != text.npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

ShakenPtx Shaken(std::string_view ptx, Pauses pauses = Pauses::kEverywhere) {
  return ShakePtx(ptx, {"0c0", pauses, {"k", "l"}});
}

std::string Without(const std::string& shaken, std::string_view ptx) {
  // The lines of `ptx` in order, but for blanks in front, each still there.
  std::string missing;
  size_t at = 0;
  for (std::string_view line : Split(ptx, '\n')) {
    if (line.starts_with("\t")) line.remove_prefix(1);
    const size_t found = shaken.find(line, at);
    if (found == shaken.npos) missing += line;
    else at = found + line.size();
  }
  return missing;
}

TEST(ShakenPtxTest, EveryLineStaysAndPausesComeBefore) {
  const std::string ptx = Entry("\t.reg .b32 %r<3>;\n"
                                "\tst.global.u32 [%rd1], %r1;\n"
                                "\t@%p1 atom.global.add.u32 %r2, [%rd1], 1;\n"
                                "\tbar.sync 0;\n"
                                "\tret;\n");
  const ShakenPtx shaken = Shaken(ptx);
  EXPECT_EQ(Without(shaken.text, ptx), "");
  EXPECT_EQ(shaken.pauses, 3);
  EXPECT_EQ(CountOf(shaken.text, "nanosleep"), 4);  // and one at the start
  EXPECT_LT(shaken.text.find("%ke_0c0_left;"), shaken.text.find("st.global"));
}

TEST(ShakenPtxTest, NearMemoryAndPlainReadsArePassed) {
  const ShakenPtx shaken = Shaken(Entry("\tst.shared.u32 [%r1], %r2;\n"
                                          "\tst.local.u32 [%r1], %r2;\n"
                                          "\tst.param.b32 [param0], %r2;\n"
                                          "\tatom.shared.add.u32 %r2, [%r1], 1;\n"
                                          "\tld.global.u32 %r1, [%rd1];\n"
                                          "\tld.volatile.shared.u32 %r1, [%r1];\n"));
  EXPECT_EQ(shaken.pauses, 0);
  EXPECT_EQ(CountOf(shaken.text, "nanosleep"), 1);
}

TEST(ShakenPtxTest, FunctionsAndCommentsAreLeftAlone) {
  const std::string function = ".func f()\n{\n\tst.global.u32 [%rd1], 0;\n}\n";
  const ShakenPtx shaken = Shaken(std::string(kHead) + function);
  EXPECT_EQ(shaken.entries, 0);
  const ShakenPtx both = Shaken(
      std::string(kHead) + function +
      ".entry k()\n{ // {\n\t// st.global.u32 [%rd1], 0; }\n\t/* } */ {\n\t"
      "mov.b64 %rd1, {%r1, %r2};\n\t}\n\tred.global.add.u32 [%rd1], 1;\n}\n" +
      function);
  EXPECT_EQ(both.pauses, 1);
}

TEST(ShakenPtxTest, EveryEntryHasItsShareAndMayHaveNone) {
  std::string body;
  for (int i = 0; i < 3000; ++i) body += "\tst.global.u32 [%rd1], 0;\n";
  const std::string two = Entry(body) + ".entry l() { red.global.add.u32 [%rd1], 1; }\n";
  const ShakenPtx shaken = Shaken(two);
  EXPECT_EQ(shaken.pauses, 2001);
  EXPECT_EQ(shaken.entries, 2);
  EXPECT_EQ(ShakePtx(two, {"0c0", Pauses::kEverywhere, {"l"}}).pauses, 1);
  const ShakenPtx late = Shaken(two, Pauses::kLateBlocks);
  EXPECT_EQ(late.pauses, 0);
  EXPECT_EQ(late.entries, 2);
  EXPECT_EQ(CountOf(late.text, "nanosleep"), 2);
}

TEST(ShakenPtxTest, BlocksThatLetTheNextLaunchBeginAreLateBehindThat) {
  const std::string ptx = Entry("\tst.global.u32 [%rd1], %r1;\n"
                                "\t@%p1 griddepcontrol.launch_dependents;\n"
                                "\tst.global.u32 [%rd1], %r2;\n");
  const ShakenPtx late = Shaken(ptx, Pauses::kLateBlocks);
  EXPECT_EQ(Without(late.text, ptx), "");
  EXPECT_EQ(CountOf(late.text, "nanosleep"), 2);
  EXPECT_GT(late.text.rfind("nanosleep"), late.text.find("launch_dependents;"));
  EXPECT_LT(late.text.rfind("nanosleep"), late.text.find("%r2;"));
  EXPECT_EQ(late.pauses, 0);
}

TEST(ShakenPtxTest, AKernelOfItsSourceAloneCanBeFound) {
  EXPECT_NE(Shaken(Entry("\tret;\n", "")).text.find(".visible .entry k"),
            std::string::npos);
  EXPECT_EQ(CountOf(Shaken(Entry("\tret;\n")).text, ".visible"), 1);
}

TEST(ShakenPtxTest, OnlySomeKernelsTalk) {
  EXPECT_FALSE(TalksBetweenBlocks(Entry("\tst.global.u32 [%rd1], 0;\n"
                                        "\tatom.shared.add.u32 %r2, [%r1], 1;\n")));
  for (const char* line : {"red.global.add.f32 [%rd1], %f1;",
                           "@!%p1 atom.add.u32 %r1, [%rd1], 1;",
                           "ld.acquire.gpu.global.u32 %r1, [%rd1];",
                           "st.volatile.global.u32 [%rd1], 0;",
                           "griddepcontrol.launch_dependents;",
                           "st.shared::cluster.u32 [%r1], %r2;",
                           "barrier.cluster.arrive;", "ld.global.cv.f32 %f1, [%rd1];",
                           "{ ld.volatile.global.f32 %f1, [%rd1]; }",
                           "cp.reduce.async.bulk.global.shared::cta.add.f32 [%rd1], [%r1], 4;"})
    EXPECT_TRUE(TalksBetweenBlocks(Entry(std::string("\t") + line + "\n"))) << line;
}

}  // namespace
}  // namespace kernelevolve::worker::gpu

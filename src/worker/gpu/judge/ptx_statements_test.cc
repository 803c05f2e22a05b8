#include "worker/gpu/judge/ptx_statements.h"

#include <gtest/gtest.h>

#include <string>

namespace kernelevolve::worker::gpu {
namespace {

// Opcodes of statements in entries, and "body" and "entry" where those begin.
std::string Read(std::string_view ptx) {
  std::string read;
  for (const PtxPlace& place : PlacesOf(ptx)) switch (place.kind) {
      case PtxPlace::Kind::kEntry: read += "entry "; break;
      case PtxPlace::Kind::kBody: read += "body "; break;
      case PtxPlace::Kind::kStatement: read.append(place.opcode) += ' ';
    }
  return read;
}

TEST(PtxStatementsTest, OnesOfEntriesAlone) {
  constexpr std::string_view kPtx = R"(//
.version 9.0
.target sm_90a
.address_size 64
.global .align 4 .b8 table[4] = {1, 2, 3, 4};
.visible .func (.param .b32 r) f(.param .b32 a)
{
	st.global.u32 [%rd1], 0;
}
.visible .entry k(
	.param .u64 k_0 // { in a comment
)
.maxntid 256, 1, 1
{
	.loc 1 20 3
	mov.b64 {%r1, %r2}, %rd1;
$L__BB0_4:
	@%p1 st.global.u32 [%rd1], %r1;
	ret;
}
)";
  EXPECT_EQ(Read(kPtx), "body .loc mov.b64 $L__BB0_4 st.global.u32 ret ");
  EXPECT_EQ(OpcodesOf(kPtx).front(), "st.global.u32");
}

TEST(PtxStatementsTest, SeveralInALineAndOneOverSeveral) {
  EXPECT_EQ(Read(".entry k() { { ld.volatile.global.f32 %f1, [%rd1]; } @!%p /* } */\n"
                 "\tst.shared::cta.u32 [%r1],\n{%r1}; }"),
            "entry body ld.volatile.global.f32 st.shared::cta.u32 ");
}

TEST(PtxStatementsTest, APlaceIsBeforeThePredicate) {
  constexpr std::string_view kPtx = ".entry k()\n{\n\t@%p\n\tst.global.u32 [%rd1], 0;\n}";
  const auto places = PlacesOf(kPtx);
  ASSERT_EQ(places.size(), 3u);
  EXPECT_TRUE(kPtx.substr(places[2].at).starts_with("@%p"));
  EXPECT_EQ(places[2].opcode, "st.global.u32");
}

TEST(PtxStatementsTest, SectionsBeforeAnEntryAreNoPartOfIt) {
  constexpr std::string_view kPtx = ".section .x { .b8 1 }\n.entry k() { ret; }";
  EXPECT_EQ(Read(kPtx), "entry body ret ");
  EXPECT_EQ(PlacesOf(kPtx)[1].name, "k");
}

// A text of megabytes is somebody else's to choose.
TEST(PtxStatementsTest, LongTextsTakeAsLongAsTheyAre) {
  constexpr size_t kSize = 1 << 21;
  for (const std::string& part :
       {std::string("\n"), std::string(":"), std::string("="), std::string("{}"),
        std::string("/*"), std::string("\"")}) {
    std::string text = ".entry k(){" + std::string(kSize, 'a');
    while (text.size() < 2 * kSize) text += part;
    EXPECT_LE(OpcodesOf(text).size(), kSize);
  }
}

TEST(PtxStatementsTest, StringsAndBrokenTextsEnd) {
  EXPECT_EQ(Read(".entry k() { .pragma \"no{unroll;\"; ret; }"), "entry body .pragma ret ");
  for (const std::string_view broken :
       {"\"", "/*", "{", "}", "}}{", ".entry", ".entry k() {", ".entry k() { @", "//",
        ".entry k() { st.global \"", ":", ";;"})
    EXPECT_LE(PlacesOf(broken).size(), 3u) << broken;
}

}  // namespace
}  // namespace kernelevolve::worker::gpu

#include "worker/gpu/candidate/sass.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kListing = R"(	.headerflags	@"EF_CUDA_TEXMODE_UNIFIED EF_CUDA_SM90"
//--------------------- .text.scale           --------------------------
	.section	.text.scale,"ax",@progbits
	.align	128
        .global         scale
        .type           scale,@function
scale:
.text.scale:
        /*0000*/                   LDC R1, c[0x0][0x28] ;
        /*0010*/                   S2R R5, SR_TID.X ;
        /*0050*/               @P0 BRA `(.L_x_1) ;
        /*0060*/                   LDG.E.128.CONSTANT R4, desc[UR4][R2.64] ;
        /*0070*/              @!P1 LDG.E R3, desc[UR4][R2.64] ;
        /*0080*/                   LDGSTS.E.BYPASS.LTC128B.128 [R9], desc[UR4][R2.64] ;
        /*0090*/                   FFMA R0, R1, R2, R3 ;
        /*00a0*/                   FFMA.FTZ R0, R1, R2, R3 ;
        /*00b0*/                   HGMMA.64x128x16.F32 R24, gdesc[UR8], R24, gsb0 ;
        /*00c0*/                   STL [R1+0x4], R0 ;
        /*00d0*/                   LDL R0, [R1+0x4] ;
        /*00e0*/                   BAR.SYNC.DEFER_BLOCKING 0x0 ;
        /*00f0*/                   REDUX.SUM UR4, R0 ;
        /*0100*/                   RED.E.ADD.F32.FTZ.RN.STRONG.GPU desc[UR4][R2.64], R7 ;
        /*0110*/                   UTMALDG.2D [UR8], [UR4], desc[UR6] ;
.L_x_1:
        /*0120*/                   EXIT ;
.L_x_2:
        /*0130*/                   BRA `(.L_x_2);
        /*0140*/                   NOP;
	.section	.nv.shared.scale,"aw",@nobits
        /*0000*/                   FFMA R0, R1, R2, R3 ;
	.section	.text._Z3topPf,"ax",@progbits
.text._Z3topPf:
        /*0000*/                   EXIT ;
)";

TEST(CountSass, ByKindTheMostTellingFirst) {
  const auto counts = CountSass(kListing);
  ASSERT_EQ(counts.size(), 2u);
  EXPECT_EQ(counts.at("scale"),
            (std::vector<InstructionCount>{{"instructions", 17},
                                           {"HGMMA", 1},
                                           {"FFMA", 2},
                                           {"LDG.128", 1},
                                           {"narrow LDG", 1},
                                           {"UTMALDG", 1},
                                           {"LDGSTS", 1},
                                           {"BAR", 1},
                                           {"ATOM", 1},
                                           {"spills", 2}}));
  EXPECT_EQ(counts.at("_Z3topPf"),
            (std::vector<InstructionCount>{{"instructions", 1}}));
}

TEST(CountSass, NonsenseCountsNothing) {
  EXPECT_TRUE(CountSass("").empty());
  EXPECT_TRUE(CountSass("/*0000*/ FFMA R0 ;\n").empty());
  EXPECT_TRUE(CountSass(".text.f:\n/*0000\n/*0010*/\n/*0020*/ @P0\n/*0*/ {").empty());
}

}  // namespace
}  // namespace kernelevolve::worker::gpu

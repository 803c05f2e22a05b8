// What `objdump -d --no-show-raw-insn` says of two kernels that g++ 12 has
// compiled with -O3 -march=haswell.
#pragma once

namespace kernelevolve::worker::testing {

// for (rows) { for (n) sum += y[i] = exp(x[i]); for (n) y[i] /= sum; }
inline constexpr const char* kExpAndDivide = R"(
0000000000001110 <ke_run>:
    1110:	test   %rcx,%rcx
    1113:	jle    130e <ke_run+0x1fe>
    1119:	lea    0x8(%rsp),%r10
    111e:	and    $0xffffffffffffffe0,%rsp
    1122:	lea    -0x1(%rdx),%rax
    1126:	push   -0x8(%r10)
    112a:	lea    0x0(,%rdx,4),%r9
    1132:	push   %rbp
    1133:	mov    %rsp,%rbp
    1136:	push   %r15
    1138:	push   %r14
    113a:	mov    %rdx,%r14
    113d:	push   %r13
    113f:	push   %r12
    1141:	xor    %r12d,%r12d
    1144:	push   %r10
    1146:	mov    %r12,%r13
    1149:	mov    %rsi,%r12
    114c:	push   %rbx
    114d:	lea    (%rdi,%r9,1),%rbx
    1151:	sub    $0x60,%rsp
    1155:	mov    %rax,-0x68(%rbp)
    1159:	mov    %rdx,%rax
    115c:	shr    $0x3,%rax
    1160:	mov    %r9,-0x58(%rbp)
    1164:	shl    $0x5,%rax
    1168:	mov    %rcx,-0x60(%rbp)
    116c:	mov    %rax,-0x80(%rbp)
    1170:	mov    %rdx,%rax
    1173:	xor    %edx,%edx
    1175:	and    $0xfffffffffffffff8,%rax
    1179:	mov    %rdi,-0x70(%rbp)
    117d:	mov    %r14,%rdi
    1180:	mov    %rax,-0x78(%rbp)
    1184:	nopl   0x0(%rax)
    1188:	test   %rdi,%rdi
    118b:	jle    12ce <ke_run+0x1be>
    1191:	mov    -0x70(%rbp),%rax
    1195:	mov    %rdx,-0x40(%rbp)
    1199:	mov    %r12,%r15
    119c:	vxorps %xmm1,%xmm1,%xmm1
    11a0:	mov    %r12,-0x48(%rbp)
    11a4:	lea    (%rax,%r13,4),%r14
    11a8:	mov    %r13,-0x50(%rbp)
    11ac:	mov    %r15,%r13
    11af:	mov    %rdi,%r15
    11b2:	mov    %r14,%r12
    11b5:	mov    %rsi,%r14
    11b8:	nopl   0x0(%rax,%rax,1)
    11c0:	vmovss (%r12),%xmm0
    11c6:	vmovss %xmm1,-0x34(%rbp)
    11cb:	add    $0x4,%r12
    11cf:	add    $0x4,%r13
    11d3:	call   1030 <expf@plt>
    11d8:	vmovss -0x34(%rbp),%xmm1
    11dd:	vmovss %xmm0,-0x4(%r13)
    11e3:	vaddss %xmm0,%xmm1,%xmm1
    11e7:	cmp    %rbx,%r12
    11ea:	jne    11c0 <ke_run+0xb0>
    11ec:	cmpq   $0x6,-0x68(%rbp)
    11f1:	mov    -0x40(%rbp),%rdx
    11f5:	mov    %r14,%rsi
    11f8:	mov    %r15,%rdi
    11fb:	mov    -0x48(%rbp),%r12
    11ff:	mov    -0x50(%rbp),%r13
    1203:	jbe    1305 <ke_run+0x1f5>
    1209:	mov    -0x80(%rbp),%rax
    120d:	vbroadcastss %xmm1,%ymm2
    1212:	lea    (%rax,%r12,1),%rcx
    1216:	mov    %r12,%rax
    1219:	nopl   0x0(%rax)
    1220:	vmovups (%rax),%ymm3
    1224:	add    $0x20,%rax
    1228:	vdivps %ymm2,%ymm3,%ymm0
    122c:	vmovups %ymm0,-0x20(%rax)
    1231:	cmp    %rax,%rcx
    1234:	jne    1220 <ke_run+0x110>
    1236:	mov    -0x78(%rbp),%rax
    123a:	cmp    %rdi,%rax
    123d:	je     1300 <ke_run+0x1f0>
    1243:	mov    %rax,%rcx
    1246:	vzeroupper
    1249:	mov    %rdi,%r10
    124c:	sub    %rcx,%r10
    124f:	lea    -0x1(%r10),%r11
    1253:	cmp    $0x2,%r11
    1257:	jbe    1281 <ke_run+0x171>
    1259:	add    %r13,%rcx
    125c:	vshufps $0x0,%xmm1,%xmm1,%xmm0
    1261:	lea    (%rsi,%rcx,4),%rcx
    1265:	vmovups (%rcx),%xmm4
    1269:	vdivps %xmm0,%xmm4,%xmm0
    126d:	vmovups %xmm0,(%rcx)
    1271:	mov    %r10,%rcx
    1274:	and    $0xfffffffffffffffc,%rcx
    1278:	add    %rcx,%rax
    127b:	and    $0x3,%r10d
    127f:	je     12ce <ke_run+0x1be>
    1281:	lea    0x0(%r13,%rax,1),%rcx
    1286:	lea    (%rsi,%rcx,4),%rcx
    128a:	vmovss (%rcx),%xmm0
    128e:	vdivss %xmm1,%xmm0,%xmm0
    1292:	vmovss %xmm0,(%rcx)
    1296:	lea    0x1(%rax),%rcx
    129a:	cmp    %rcx,%rdi
    129d:	jle    12ce <ke_run+0x1be>
    129f:	add    %r13,%rcx
    12a2:	add    $0x2,%rax
    12a6:	lea    (%rsi,%rcx,4),%rcx
    12aa:	vmovss (%rcx),%xmm0
    12ae:	vdivss %xmm1,%xmm0,%xmm0
    12b2:	vmovss %xmm0,(%rcx)
    12b6:	cmp    %rax,%rdi
    12b9:	jle    12ce <ke_run+0x1be>
    12bb:	add    %r13,%rax
    12be:	lea    (%rsi,%rax,4),%rax
    12c2:	vmovss (%rax),%xmm0
    12c6:	vdivss %xmm1,%xmm0,%xmm0
    12ca:	vmovss %xmm0,(%rax)
    12ce:	mov    -0x58(%rbp),%rax
    12d2:	inc    %rdx
    12d5:	add    %rdi,%r13
    12d8:	add    %rax,%r12
    12db:	add    %rax,%rbx
    12de:	cmp    %rdx,-0x60(%rbp)
    12e2:	jne    1188 <ke_run+0x78>
    12e8:	add    $0x60,%rsp
    12ec:	xor    %eax,%eax
    12ee:	pop    %rbx
    12ef:	pop    %r10
    12f1:	pop    %r12
    12f3:	pop    %r13
    12f5:	pop    %r14
    12f7:	pop    %r15
    12f9:	pop    %rbp
    12fa:	lea    -0x8(%r10),%rsp
    12fe:	ret
    12ff:	nop
    1300:	vzeroupper
    1303:	jmp    12ce <ke_run+0x1be>
    1305:	xor    %ecx,%ecx
    1307:	xor    %eax,%eax
    1309:	jmp    1249 <ke_run+0x139>
    130e:	xor    %eax,%eax
    1310:	ret
)";

// A tile of a matrix product with 18 accumulators of 8 floats, where 16
// registers are all there are. Straight code is left out.
inline constexpr const char* kTileThatSpills = R"(
0000000000001100 <ke_run>:
    1100:	push   %rbp
    1101:	mov    %rdi,%rax
    1104:	mov    %rsp,%rbp
    1107:	push   %r15
    1109:	push   %r14
    110b:	push   %r13
    110d:	push   %r12
    110f:	push   %rbx
    1110:	and    $0xffffffffffffffe0,%rsp
    1114:	sub    $0xc8,%rsp
    1120:	mov    %r9,-0x40(%rsp)
    1125:	test   %r9,%r9
    1128:	jle    143a <ke_run+0x33a>
    11af:	movq   $0x0,(%rsp)
    11b7:	test   %rsi,%rsi
    11ba:	jle    1449 <ke_run+0x349>
    11c0:	mov    -0x30(%rsp),%rax
    11c5:	mov    -0x28(%rsp),%r11
    11ca:	vxorps %xmm4,%xmm4,%xmm4
    11ce:	xor    %ecx,%ecx
    11d0:	mov    -0x20(%rsp),%r10
    11d5:	mov    -0x18(%rsp),%r9
    11da:	vmovaps %ymm4,%ymm5
    11de:	vmovaps %ymm4,0x88(%rsp)
    11e7:	mov    -0x10(%rsp),%r8
    11ec:	sub    %rax,%r11
    11ef:	vmovaps %ymm4,%ymm6
    11f3:	vmovaps %ymm4,%ymm7
    11f7:	mov    -0x8(%rsp),%rdi
    11fc:	sub    %rax,%r10
    11ff:	sub    %rax,%r9
    1202:	mov    -0x60(%rsp),%rdx
    1207:	sub    %rax,%r8
    120a:	shl    $0x2,%r11
    120e:	vmovaps %ymm4,%ymm8
    1212:	vmovaps %ymm4,%ymm9
    1216:	sub    %rax,%rdi
    1219:	mov    -0x38(%rsp),%rax
    121e:	shl    $0x2,%r10
    1222:	vmovaps %ymm4,%ymm10
    1226:	shl    $0x2,%r9
    122a:	shl    $0x2,%r8
    122e:	vmovaps %ymm4,%ymm11
    1232:	vmovaps %ymm4,%ymm12
    1236:	shl    $0x2,%rdi
    123a:	vmovaps %ymm4,0x68(%rsp)
    1240:	vmovaps %ymm4,%ymm13
    1244:	vmovaps %ymm4,%ymm14
    1248:	vmovaps %ymm4,0xa8(%rsp)
    1251:	vmovaps %ymm4,%ymm15
    1255:	vmovaps %ymm4,0x48(%rsp)
    125b:	vmovaps %ymm4,0x8(%rsp)
    1261:	vmovaps %ymm4,0x28(%rsp)
    1267:	nopw   0x0(%rax,%rax,1)
    1270:	vbroadcastss (%rax),%ymm3
    1275:	vmovups (%rdx),%ymm2
    1279:	inc    %rcx
    127c:	vmovups 0x20(%rdx),%ymm1
    1281:	vmovups 0x40(%rdx),%ymm0
    1286:	add    %r14,%rdx
    1289:	vfmadd231ps %ymm2,%ymm3,%ymm15
    128e:	vfmadd231ps %ymm1,%ymm3,%ymm14
    1293:	vfmadd213ps 0x28(%rsp),%ymm0,%ymm3
    129a:	vmovaps %ymm3,0x28(%rsp)
    12a0:	vbroadcastss (%r11,%rax,1),%ymm3
    12a6:	vfmadd231ps %ymm1,%ymm3,%ymm12
    12ab:	vfmadd231ps %ymm2,%ymm3,%ymm13
    12b0:	vfmadd213ps 0x8(%rsp),%ymm0,%ymm3
    12b7:	vmovaps %ymm3,0x8(%rsp)
    12bd:	vbroadcastss (%r10,%rax,1),%ymm3
    12c3:	vfmadd231ps %ymm1,%ymm3,%ymm5
    12c8:	vfmadd231ps %ymm2,%ymm3,%ymm11
    12cd:	vfmadd213ps 0x48(%rsp),%ymm0,%ymm3
    12d4:	vmovaps %ymm3,0x48(%rsp)
    12da:	vbroadcastss (%r9,%rax,1),%ymm3
    12e0:	vfmadd231ps %ymm1,%ymm3,%ymm10
    12e5:	vfmadd231ps %ymm2,%ymm3,%ymm4
    12ea:	vfmadd213ps 0x68(%rsp),%ymm0,%ymm3
    12f1:	vmovaps %ymm3,0x68(%rsp)
    12f7:	vbroadcastss (%r8,%rax,1),%ymm3
    12fd:	vfmadd231ps %ymm1,%ymm3,%ymm8
    1302:	vfmadd231ps %ymm2,%ymm3,%ymm9
    1307:	vfmadd231ps %ymm0,%ymm3,%ymm7
    130c:	vbroadcastss (%rdi,%rax,1),%ymm3
    1312:	add    $0x4,%rax
    1316:	vfmadd213ps 0xa8(%rsp),%ymm3,%ymm1
    1320:	vfmadd231ps %ymm2,%ymm3,%ymm6
    1325:	vfmadd213ps 0x88(%rsp),%ymm0,%ymm3
    132f:	vmovaps %ymm1,0xa8(%rsp)
    1338:	vmovaps %ymm3,0x88(%rsp)
    1341:	cmp    %rcx,%rsi
    1344:	jne    1270 <ke_run+0x170>
    134a:	vmovups %ymm15,(%r12)
    13ea:	addq   $0x6,(%rsp)
    13ef:	mov    (%rsp),%rdi
    142c:	cmp    %rdi,-0x40(%rsp)
    1431:	jg     11b7 <ke_run+0xb7>
    1437:	vzeroupper
    143a:	lea    -0x28(%rbp),%rsp
    143e:	pop    %rbx
    143f:	pop    %r12
    1441:	pop    %r13
    1443:	pop    %r14
    1445:	pop    %r15
    1447:	pop    %rbp
    1448:	ret
    1449:	vxorps %xmm6,%xmm6,%xmm6
    14a3:	jmp    134a <ke_run+0x24a>
)";

}  // namespace kernelevolve::worker::testing

// nvcc, step by step: it would take the host half and the device half of a
// source one after the other, though neither needs the other until the host
// code is compiled. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace kernelevolve::worker {

// `compile`, to be told what it would run; empty if it is no nvcc that makes a
// library.
std::vector<std::string> DryRunArgv(std::vector<std::string> compile);

// A program for /bin/sh that takes the steps of `dry_run`, what such a command
// says on stderr, both halves at once: the same programs with the same
// arguments, and what they say in the order in which nvcc would have it. The
// artefact is nvcc's but for the names of what a source keeps to itself, where its
// first public name is not ke_run. The machine code is put aside (kImageName) while
// the host code is compiled. Nothing if the steps are not those of one source for
// one architecture in the sandbox.
std::optional<std::string> StepsScript(const std::string& dry_run);

}  // namespace kernelevolve::worker

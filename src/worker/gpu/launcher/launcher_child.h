// The launcher: the process that has a device context and runs other people's
// kernels, but none of their host code. Its parent talks to it by
// LauncherProcess; docs of the messages: launcher/launcher_messages.h.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve::worker::gpu {

// `kernelevolve-worker launcher --device N [--driver LIBRARY] [--block]`: serves
// the socket that is descriptor 3 until it closes, or until the context is
// lost. --block: waits for the device asleep instead of spinning.
int LauncherMain(const std::vector<std::string>& arguments);

}  // namespace kernelevolve::worker::gpu

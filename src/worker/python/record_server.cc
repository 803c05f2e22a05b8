#include "worker/python/record_server.h"

namespace kernelevolve::worker {

PythonServerOptions RecordServerOptions(const PythonRecorderOptions& options) {
  PythonServerOptions server;
  server.runners = options.runners;
  server.script = "record_server.py";
  server.arguments = {"--arch", options.architectures};
  // The server's own 0.6 GB, a candidate and its compilers.
  server.limits.memory_bytes = 10ull << 30;
  server.limits.file_bytes = 256ull << 20;
  server.limits.tmpfs_bytes = 512ull << 20;
  server.limits.tasks = 128;
  // It lives as long as the worker; each child is given less.
  server.limits.cpu_seconds = 7 * 24 * 3600;
  return server;
}

}  // namespace kernelevolve::worker

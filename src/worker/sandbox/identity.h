// Identity: who the program is outside and inside its user namespace.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/result.h"

namespace kernelevolve::worker {

struct Identity {
  // The one id that exists inside; not 0, so no file looks like root's own.
  uid_t inside = 1000;
  // What the kernel knows it as: a throw-away id if we may choose one, else our
  // own.
  uid_t host_user = 0;
  gid_t host_group = 0;
  bool throw_away = false;
  std::string description;
};

// One per worker process: workers side by side get different ids.
Identity ChooseIdentity();

// Writes the maps of the user namespace that `child` was cloned into.
Status WriteIdentityMaps(pid_t child, const Identity& identity);

}  // namespace kernelevolve::worker

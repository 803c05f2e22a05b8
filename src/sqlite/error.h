// What SQLite's result codes mean to the person whose run it is.
#pragma once

#include <sqlite3.h>

#include "base/file.h"

namespace kernelevolve::sqlite {

// `code` may be an extended one; `detail` is SQLite's own message.
Error MakeError(int code, int system_errno, const std::string& detail,
                const fs::path& file);

}  // namespace kernelevolve::sqlite

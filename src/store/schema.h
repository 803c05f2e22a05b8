// The tables, their version and what to do with another version's file.
#pragma once

#include "sqlite/database.h"

namespace kernelevolve::sqlite {

// History: 1 = the first; 2 = seconds and estimates of model calls; 3 = what a
// run has spent, and attempts of model calls.
inline constexpr int kSchemaVersion = 3;
// The oldest program schema that can still read and write what we write.
inline constexpr int kLowestCompatible = 1;

struct SchemaVersions {
  int version = 0;  // 0: the file holds no schema at all
  int lowest_compatible = 0;
};

Result<SchemaVersions> ReadVersions(Database& database);

// All tables, in one transaction.
Status CreateSchema(Database& database);

// kBadInput if the file needs a newer program than this, with both versions.
Status CheckCompatible(const SchemaVersions& versions, const fs::path& file);

// Lets an older file, which is only read, be read like a current one.
Status ShowAsCurrent(Database& database, const SchemaVersions& versions);

// Brings an older file forward, in one transaction; nothing if it is current.
Status Migrate(Database& database, const SchemaVersions& versions);

}  // namespace kernelevolve::sqlite

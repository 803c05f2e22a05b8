#include "store/schema.h"

#include <array>

#include "base/check.h"
#include "base/format.h"
#include "sqlite/transaction.h"

namespace kernelevolve::sqlite {
namespace {

// docs/store-schema.md explains every column. Rules: names in full, NOT NULL
// throughout, "" and 0 for what is not known.
constexpr const char* kTables = R"sql(
CREATE TABLE meta (
  key   TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE tasks (
  digest          TEXT NOT NULL PRIMARY KEY,
  name            TEXT NOT NULL,
  operator_family TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE task_files (
  path   TEXT NOT NULL PRIMARY KEY,
  object TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE runs (
  id             TEXT NOT NULL PRIMARY KEY,
  task_digest    TEXT NOT NULL,
  target         TEXT NOT NULL,
  options_json   TEXT NOT NULL,
  search_secret  TEXT NOT NULL,
  state          TEXT NOT NULL,
  reason         TEXT NOT NULL,
  best_node      INTEGER NOT NULL,
  created_wall_s REAL NOT NULL,
  seconds_used   REAL NOT NULL
) WITHOUT ROWID;

CREATE TABLE nodes (
  id              INTEGER NOT NULL PRIMARY KEY,
  kind            TEXT NOT NULL,
  candidate_id    TEXT NOT NULL,
  language        TEXT NOT NULL,
  source_object   TEXT NOT NULL,
  parameters_json TEXT NOT NULL,
  label           TEXT NOT NULL,
  origin          TEXT NOT NULL,
  description     TEXT NOT NULL,
  fitness         REAL NOT NULL,
  draft_index     INTEGER NOT NULL,
  created_wall_s  REAL NOT NULL
);
CREATE INDEX nodes_by_candidate ON nodes (candidate_id);

CREATE TABLE node_parents (
  node_id   INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  parent_id INTEGER NOT NULL,
  PRIMARY KEY (node_id, position)
) WITHOUT ROWID;
CREATE INDEX node_parents_by_parent ON node_parents (parent_id);

CREATE TABLE evaluations (
  id           INTEGER NOT NULL PRIMARY KEY,
  node_id      INTEGER NOT NULL REFERENCES nodes (id) ON DELETE CASCADE,
  candidate_id TEXT NOT NULL,
  task_digest  TEXT NOT NULL,
  target       TEXT NOT NULL,
  toolchain    TEXT NOT NULL,
  device       TEXT NOT NULL,
  stage        TEXT NOT NULL,
  status       TEXT NOT NULL,
  code         TEXT NOT NULL,
  speedup      REAL NOT NULL,
  speedup_low  REAL NOT NULL,
  speedup_high REAL NOT NULL,
  log_object   TEXT NOT NULL,
  detail_json  TEXT NOT NULL
);
CREATE INDEX evaluations_by_node ON evaluations (node_id);
CREATE INDEX evaluations_by_key ON evaluations
  (candidate_id, stage, task_digest, target, toolchain, device);

CREATE TABLE samples (
  evaluation_id  INTEGER NOT NULL REFERENCES evaluations (id) ON DELETE CASCADE,
  position       INTEGER NOT NULL,
  shape          TEXT NOT NULL,
  weight         REAL NOT NULL,
  time_us        REAL NOT NULL,
  time_low_us    REAL NOT NULL,
  time_high_us   REAL NOT NULL,
  speedup        REAL NOT NULL,
  speedup_low    REAL NOT NULL,
  speedup_high   REAL NOT NULL,
  bound_us       REAL NOT NULL,
  speed_of_light REAL NOT NULL,
  PRIMARY KEY (evaluation_id, position)
) WITHOUT ROWID;

CREATE TABLE events (
  step        INTEGER NOT NULL PRIMARY KEY,
  kind        TEXT NOT NULL,
  node_id     INTEGER NOT NULL,
  detail_json TEXT NOT NULL
);

CREATE TABLE prompts (
  id             INTEGER NOT NULL PRIMARY KEY,
  node_id        INTEGER NOT NULL,
  purpose        TEXT NOT NULL,
  provider       TEXT NOT NULL,
  model          TEXT NOT NULL,
  digest         TEXT NOT NULL,
  created_wall_s REAL NOT NULL
);
CREATE INDEX prompts_by_node ON prompts (node_id);

CREATE TABLE messages (
  prompt_id INTEGER NOT NULL REFERENCES prompts (id) ON DELETE CASCADE,
  position  INTEGER NOT NULL,
  role      TEXT NOT NULL,
  object    TEXT NOT NULL,
  PRIMARY KEY (prompt_id, position)
) WITHOUT ROWID;

CREATE TABLE costs (
  id             INTEGER NOT NULL PRIMARY KEY,
  node_id        INTEGER NOT NULL,
  prompt_id      INTEGER NOT NULL,
  provider       TEXT NOT NULL,
  model          TEXT NOT NULL,
  input_tokens   INTEGER NOT NULL,
  cached_tokens  INTEGER NOT NULL,
  output_tokens  INTEGER NOT NULL,
  dollars        REAL NOT NULL,
  created_wall_s REAL NOT NULL
);
CREATE INDEX costs_by_node ON costs (node_id);
)sql";

struct Migration {
  int from;
  const char* sql;
};
// What a version adds to the one before, oldest first. A new file runs them all.
constexpr std::array<Migration, 2> kMigrations{{
    {1, R"sql(
ALTER TABLE costs ADD COLUMN seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE costs ADD COLUMN estimated INTEGER NOT NULL DEFAULT 0;
)sql"},
    {2, R"sql(
ALTER TABLE costs ADD COLUMN calls INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN model_calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN model_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN model_cached_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN model_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN model_dollars REAL NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN model_seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN device_seconds REAL NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN cpu_seconds REAL NOT NULL DEFAULT 0;
UPDATE runs SET (model_calls, model_input_tokens, model_cached_tokens,
                 model_output_tokens, model_dollars, model_seconds) =
  (SELECT COUNT(*), COALESCE(SUM(input_tokens), 0),
          COALESCE(SUM(cached_tokens), 0), COALESCE(SUM(output_tokens), 0),
          COALESCE(SUM(dollars), 0.0), COALESCE(SUM(seconds), 0.0) FROM costs);
UPDATE runs SET device_seconds =
  (SELECT COALESCE(SUM(json_extract(detail_json,
                       '$.phases_ms.device_exclusive')), 0.0) / 1000.0
   FROM evaluations WHERE json_valid(detail_json));
)sql"},
}};

// What the migrations would bring, for a file that cannot be changed.
constexpr const char* kCostsOf1 = R"sql(
CREATE TEMP VIEW costs AS
  SELECT *, 0.0 AS seconds, 0 AS estimated, 1 AS calls FROM main.costs;
)sql";
constexpr const char* kCostsOf2 = R"sql(
CREATE TEMP VIEW costs AS SELECT *, 1 AS calls FROM main.costs;
)sql";
constexpr const char* kRunsBefore3 = R"sql(
CREATE TEMP VIEW runs AS SELECT *,
  (SELECT COUNT(*) FROM costs) AS model_calls,
  (SELECT COALESCE(SUM(input_tokens), 0) FROM costs) AS model_input_tokens,
  (SELECT COALESCE(SUM(cached_tokens), 0) FROM costs) AS model_cached_tokens,
  (SELECT COALESCE(SUM(output_tokens), 0) FROM costs) AS model_output_tokens,
  (SELECT COALESCE(SUM(dollars), 0.0) FROM costs) AS model_dollars,
  (SELECT COALESCE(SUM(seconds), 0.0) FROM costs) AS model_seconds,
  (SELECT COALESCE(SUM(json_extract(detail_json,
                       '$.phases_ms.device_exclusive')), 0.0) / 1000.0
   FROM evaluations WHERE json_valid(detail_json)) AS device_seconds,
  0.0 AS cpu_seconds
FROM main.runs;
)sql";

Status RunMigrations(Database& database, int version) {
  for (const Migration& migration : kMigrations)
    if (migration.from >= version)
      RETURN_IF_ERROR(database.RunScript(migration.sql));
  return {};
}

Status WriteVersions(Database& database) {
  constexpr std::string_view kPut =
      "INSERT INTO meta (key, value) VALUES (?1, ?2) "
      "ON CONFLICT (key) DO UPDATE SET value = excluded.value";
  RETURN_IF_ERROR(
      database.Run(kPut, "schema_version", format("{}", kSchemaVersion)));
  return database.Run(kPut, "lowest_compatible",
                      format("{}", kLowestCompatible));
}

Result<int> ReadMetaInteger(Database& database, std::string_view key) {
  ASSIGN_OR_RETURN(
      Statement statement,
      database.Query("SELECT CAST(value AS INTEGER) FROM meta WHERE key = ?1",
                     key));
  ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found)
    return Broken(format("{} is damaged: its meta table lacks {}",
                         database.file().string(), key));
  return static_cast<int>(statement.Integer(0));
}

}  // namespace

Result<SchemaVersions> ReadVersions(Database& database) {
  ASSIGN_OR_RETURN(Statement tables,
                   database.Prepare("SELECT COUNT(*) FROM sqlite_schema "
                                    "WHERE type = 'table' AND name = 'meta'"));
  ASSIGN_OR_RETURN(const bool row, tables.Step());
  CHECK(row);
  if (tables.Integer(0) == 0) return SchemaVersions{};
  SchemaVersions versions;
  ASSIGN_OR_RETURN(versions.version,
                   ReadMetaInteger(database, "schema_version"));
  ASSIGN_OR_RETURN(versions.lowest_compatible,
                   ReadMetaInteger(database, "lowest_compatible"));
  return versions;
}

Status CreateSchema(Database& database) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  RETURN_IF_ERROR(database.RunScript(kTables));
  RETURN_IF_ERROR(RunMigrations(database, 1));
  RETURN_IF_ERROR(WriteVersions(database));
  return transaction.Commit();
}

Status CheckCompatible(const SchemaVersions& versions, const fs::path& file) {
  if (versions.lowest_compatible <= kSchemaVersion) return {};
  return BadInput(format(
      "{} was written by a newer kernelevolve: its schema is version {} and "
      "needs a program that knows version {}; this one knows {}. Use the newer "
      "program for this run, or start another with --run",
      file.string(), versions.version, versions.lowest_compatible,
      kSchemaVersion));
}

Status ShowAsCurrent(Database& database, const SchemaVersions& versions) {
  if (versions.version >= kSchemaVersion) return {};
  RETURN_IF_ERROR(
      database.RunScript(versions.version == 1 ? kCostsOf1 : kCostsOf2));
  return database.RunScript(kRunsBefore3);
}

Status Migrate(Database& database, const SchemaVersions& versions) {
  if (versions.version >= kSchemaVersion) return {};
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  RETURN_IF_ERROR(RunMigrations(database, versions.version));
  RETURN_IF_ERROR(WriteVersions(database));
  return transaction.Commit();
}

}  // namespace kernelevolve::sqlite

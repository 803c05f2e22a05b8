#include "store/open_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/check.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/format.h"
#include "store/faults.h"
#include "store/schema.h"
#include "store/testing/expect_same_node.h"
#include "store/testing/sample_nodes.h"

namespace kernelevolve {
namespace {

class OpenStoreTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open(OpenMode mode, StoreFaults* faults = nullptr) {
    Result<std::unique_ptr<Store>> store = OpenStore(run_, mode, faults);
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }
  Error OpenError(OpenMode mode) {
    Result<std::unique_ptr<Store>> store = OpenStore(run_, mode);
    EXPECT_FALSE(store.has_value());
    return store ? Error{} : store.error();
  }
  void Record(Store& store, NodeId first, NodeId last) {
    for (NodeId id = first; id <= last; ++id) {
      const Node node = SampleNode(id);
      const Status status = store.RecordNode(node, SampleKey(node));
      ASSERT_TRUE(status.has_value()) << status.error().message;
    }
  }
  // A run of three nodes, closed.
  void MakeRun() {
    auto store = Open(OpenMode::kCreate);
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->RecordRun(SampleRun()).has_value());
    Record(*store, 1, 3);
  }
  void RunSql(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((run_ / "run.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr),
              SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  Result<TempFolder> temp_ = TempFolder::Create("open-store");
  fs::path run_ = temp_->path() / "a run?#%";  // characters a URI minds
};

TEST_F(OpenStoreTest, ASecondWriterIsRefusedByPid) {
  auto store = Open(OpenMode::kCreate);
  const Error error = OpenError(OpenMode::kReadWrite);
  EXPECT_EQ(error.code, ErrorCode::kBadInput);
  EXPECT_NE(error.message.find(format("process {}", getpid())),
            std::string::npos)
      << error.message;
  EXPECT_NE(error.message.find("--run"), std::string::npos);
  store.reset();
  EXPECT_TRUE(Open(OpenMode::kCreate));
}

TEST_F(OpenStoreTest, ALockFileLeftBehindMeansNothing) {
  MakeRun();
  ASSERT_TRUE(WriteFileAtomic(run_ / "lock", "1\n").has_value());
  EXPECT_TRUE(Open(OpenMode::kReadWrite));
}

TEST_F(OpenStoreTest, AReaderSeesWhatTheWriterRecordsMeanwhile) {
  auto writer = Open(OpenMode::kCreate);
  Record(*writer, 1, 1);
  auto reader = Open(OpenMode::kReadOnly);
  ASSERT_TRUE(reader);
  EXPECT_EQ(reader->FindNodes()->size(), 1u);
  Record(*writer, 2, 2);
  EXPECT_EQ(reader->FindNodes()->size(), 2u);
}

TEST_F(OpenStoreTest, AReaderCannotWrite) {
  MakeRun();
  auto reader = Open(OpenMode::kReadOnly);
  const Node node = SampleNode(4);
  EXPECT_FALSE(reader->RecordNode(node, SampleKey(node)).has_value());
  EXPECT_FALSE(reader->RecordRun(SampleRun()).has_value());
  EXPECT_FALSE(reader->RecordEvent("x", "{}").has_value());
  EXPECT_FALSE(reader->RecordRun(SampleRun(), {{"x", ""}}).has_value());
}

TEST_F(OpenStoreTest, CreateRefusesAFolderThatHoldsARun) {
  MakeRun();
  const Error error = OpenError(OpenMode::kCreate);
  EXPECT_EQ(error.code, ErrorCode::kBadInput);
  EXPECT_NE(error.message.find("--resume"), std::string::npos);
}

TEST_F(OpenStoreTest, CreateTakesOverWhatWasKilledBeforeItBegan) {
  Open(OpenMode::kCreate).reset();  // tables, but no run
  EXPECT_TRUE(Open(OpenMode::kCreate));
  fs::remove_all(run_);
  fs::create_directories(run_);
  ASSERT_TRUE(WriteFileAtomic(run_ / "run.db", "").has_value());
  EXPECT_EQ(OpenError(OpenMode::kReadWrite).code, ErrorCode::kBadInput);
  EXPECT_TRUE(Open(OpenMode::kCreate));
}

TEST_F(OpenStoreTest, ResumeAndReadingNeedARun) {
  for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    const Error error = OpenError(mode);
    EXPECT_EQ(error.code, ErrorCode::kBadInput);
    EXPECT_NE(error.message.find("holds no run"), std::string::npos);
  }
  EXPECT_FALSE(fs::exists(run_));
}

TEST_F(OpenStoreTest, AnOlderRunTellsWhatItHasSpent) {
  {
    auto store = Open(OpenMode::kCreate);
    ASSERT_TRUE(store);
    ASSERT_TRUE(store->RecordRun(SampleRun()));
    PromptRecord prompt;
    prompt.input_tokens = 100;
    prompt.output_tokens = 20;
    prompt.dollars = 0.5;
    prompt.seconds = 3;
    ASSERT_TRUE(store->RecordPrompts({prompt, prompt}));
    Node node = SampleNode(1);
    node.evaluation.phases.device_exclusive = 2500;
    ASSERT_TRUE(store->RecordNode(node, SampleKey(node)));
  }
  std::string older = "ALTER TABLE costs DROP COLUMN calls;";
  for (const char* column :
       {"model_calls", "model_input_tokens", "model_cached_tokens",
        "model_output_tokens", "model_dollars", "model_seconds",
        "device_seconds", "cpu_seconds"})
    older += format("ALTER TABLE runs DROP COLUMN {};", column);
  RunSql(older + "UPDATE meta SET value = '2' WHERE key = 'schema_version'");
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    auto store = Open(mode);
    ASSERT_TRUE(store);
    const auto run = store->FindRun();
    ASSERT_TRUE(run && *run) << run.error().message;
    EXPECT_EQ((*run)->spending, (Spending{2, 200, 0, 40, 1.0, 6}));
    EXPECT_DOUBLE_EQ((*run)->judging.device_s, 2.5);
    EXPECT_EQ(store->FindSpending(0)->calls, 2);
  }
}

TEST_F(OpenStoreTest, ANewerSchemaIsRefusedWithBothVersions) {
  MakeRun();
  RunSql("UPDATE meta SET value = '9' WHERE key = 'schema_version'");
  EXPECT_TRUE(Open(OpenMode::kReadWrite));  // 9 still lets version 1 write
  RunSql("UPDATE meta SET value = '8' WHERE key = 'lowest_compatible'");
  for (const OpenMode mode :
       {OpenMode::kCreate, OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    const Error error = OpenError(mode);
    EXPECT_EQ(error.code, ErrorCode::kBadInput);
    EXPECT_NE(error.message.find("version 9"), std::string::npos);
    EXPECT_NE(error.message.find(format("knows {}", sqlite::kSchemaVersion)),
              std::string::npos);
  }
}

TEST_F(OpenStoreTest, ADamagedFileIsNamedWithTheFix) {
  MakeRun();
  ASSERT_TRUE(
      WriteFileAtomic(run_ / "run.db", std::string(8192, 'x')).has_value());
  for (const OpenMode mode : {OpenMode::kReadWrite, OpenMode::kReadOnly}) {
    const Error error = OpenError(mode);
    EXPECT_EQ(error.code, ErrorCode::kInfrastructure);
    EXPECT_NE(error.message.find("damaged"), std::string::npos);
    EXPECT_NE(error.message.find(".recover"), std::string::npos);
  }
}

// Fails everything from the `from`-th write on.
class FullDisk : public StoreFaults {
 public:
  int OnStatement(std::string_view sql) override {
    const bool writes = sql.starts_with("INSERT") || sql.starts_with("COMMIT");
    return writes && writes_++ >= from ? SQLITE_FULL : 0;
  }
  int OnObject(const fs::path&) override {
    return writes_++ >= from ? ENOSPC : 0;
  }
  int from = 1 << 30;
  int writes() const { return writes_; }

 private:
  int writes_ = 0;
};

TEST_F(OpenStoreTest, AFullDiskAtAnyWriteLosesNothingRecorded) {
  FullDisk disk;
  auto store = Open(OpenMode::kCreate, &disk);
  ASSERT_TRUE(store->RecordRun(SampleRun()).has_value());
  Record(*store, 1, 1);
  const Node node = SampleNode(6);  // a new source, so an object as well
  int failures = 0;
  for (disk.from = disk.writes();; ++failures) {
    const Status status = store->RecordNode(node, SampleKey(node));
    if (status.has_value()) break;
    EXPECT_EQ(status.error().code, ErrorCode::kInfrastructure);
    EXPECT_NE(status.error().message.find("disk is full"), std::string::npos);
    EXPECT_EQ(store->FindNodes()->size(), 1u) << failures;
    disk.from = disk.writes() + failures + 1;  // the next time one further
  }
  EXPECT_GT(failures, 5);
  EXPECT_EQ(store->FindNodes()->size(), 2u);
}

// Broken off anywhere, as by a kill: a run without its task could be read by
// nobody and be begun anew by nobody.
TEST_F(OpenStoreTest, ARunIsThereWithItsTaskOrNotAtAll) {
  FullDisk disk;
  auto store = Open(OpenMode::kCreate, &disk);
  const std::map<std::string, std::string> task = {{"reference.cc", "x"},
                                                   {"task.toml", "y"}};
  int failures = 0;
  for (disk.from = disk.writes();; ++failures) {
    if (store->RecordRun(SampleRun(), task).has_value()) break;
    EXPECT_FALSE(store->FindRun()->has_value()) << failures;
    EXPECT_TRUE(store->FindTaskFiles()->empty()) << failures;
    disk.from = disk.writes() + failures + 1;  // the next time one further
  }
  EXPECT_GT(failures, 5);
  EXPECT_TRUE(store->FindRun()->has_value());
  EXPECT_EQ(store->FindTaskFiles()->size(), task.size());
}

TEST_F(OpenStoreTest, AnotherProgramsWriteLockIsWaitedForThenNamed) {
  MakeRun();
  auto store = Open(OpenMode::kReadWrite);
  class Busy : public StoreFaults {
    int OnStatement(std::string_view sql) override {
      return sql.starts_with("BEGIN") ? SQLITE_BUSY : 0;
    }
  } busy;
  store.reset();
  store = Open(OpenMode::kReadWrite, &busy);
  const Node node = SampleNode(4);
  const Status status = store->RecordNode(node, SampleKey(node));
  ASSERT_FALSE(status.has_value());
  EXPECT_TRUE(status.error().retryable);
  EXPECT_NE(status.error().message.find("locked by another program"),
            std::string::npos);
}

TEST_F(OpenStoreTest, SourcesLostWithThePowerEndTheRunAMomentEarlier) {
  {
    auto store = Open(OpenMode::kCreate);
    ASSERT_TRUE(store->RecordRun(SampleRun()).has_value());
    Record(*store, 1, 12);  // the source of 6 to 10 is one
  }
  const std::string digest = [&] {
    const Node node = SampleNode(8);
    return HexDigest(node.candidate.source);
  }();
  const fs::path object =
      run_ / "objects" / digest.substr(0, 2) / digest.substr(2);
  ASSERT_TRUE(fs::exists(object));
  fs::resize_file(object, 0);
  auto store = Open(OpenMode::kReadWrite);
  EXPECT_EQ(store->FindNodes()->size(), 5u);
  Record(*store, 6, 12);  // the same source again heals the object
  EXPECT_EQ(store->FindNodes()->size(), 12u);
  ExpectSameNode(**store->FindNode(8), SampleNode(8));
  store.reset();
  EXPECT_EQ(Open(OpenMode::kReadWrite)->FindNodes()->size(), 12u);
}

// Runs `body` as an ordinary user where we are root, to whom no folder is
// read-only. Answers false if that could not be arranged.
bool AsOrdinaryUser(const std::function<void()>& body) {
  constexpr uid_t kNobody = 65534;
  const bool root = geteuid() == 0;
  if (root && seteuid(kNobody) != 0) return false;
  body();
  if (root) CHECK(seteuid(0) == 0);
  return true;
}

class ReadOnlyFolder : public OpenStoreTest {
 protected:
  void Close() { Chmod(0555, 0444); }
  void Reopen() { Chmod(0755, 0644); }
  ~ReadOnlyFolder() override { Reopen(); }

 private:
  void Chmod(int folder_mode, int file_mode) {
    fs::permissions(temp_->path(), fs::perms(0755));
    fs::permissions(run_, fs::perms(0755));
    for (const auto& entry : fs::directory_iterator(run_))
      if (entry.is_regular_file()) fs::permissions(entry, fs::perms(file_mode));
    fs::permissions(run_, fs::perms(folder_mode));
  }
};

TEST_F(ReadOnlyFolder, CanBeReadAfterACleanEnd) {
  MakeRun();
  Close();
  EXPECT_TRUE(AsOrdinaryUser([&] {
    auto store = Open(OpenMode::kReadOnly);
    ASSERT_TRUE(store);
    EXPECT_EQ(store->FindNodes()->size(), 3u);
  }));
}

TEST_F(ReadOnlyFolder, CanBeReadWithTheLogOfAKilledWriter) {
  const pid_t child = fork();
  if (child == 0) {
    auto store = OpenStore(run_, OpenMode::kCreate);
    for (NodeId id = 1; id <= 3; ++id) {
      const Node node = SampleNode(id);
      if (!(*store)->RecordNode(node, SampleKey(node))) _exit(1);
    }
    raise(SIGKILL);
  }
  ASSERT_EQ(waitpid(child, nullptr, 0), child);
  ASSERT_GT(fs::file_size(run_ / "run.db-wal"), 0u);
  fs::remove(run_ / "run.db-shm");
  Close();
  EXPECT_TRUE(AsOrdinaryUser([&] {
    auto store = Open(OpenMode::kReadOnly);
    ASSERT_TRUE(store);
    EXPECT_EQ(store->FindNodes()->size(), 3u);
  }));
}

TEST_F(ReadOnlyFolder, WritingIsRefusedWithTheFix) {
  MakeRun();
  Close();
  EXPECT_TRUE(AsOrdinaryUser([&] {
    const Error error = OpenError(OpenMode::kReadWrite);
    EXPECT_EQ(error.code, ErrorCode::kInfrastructure);
    EXPECT_NE(error.message.find("read-only"), std::string::npos);
    EXPECT_NE(error.message.find("--run"), std::string::npos);
  }));
}

// Records nodes for ever, telling each id once it is recorded.
[[noreturn]] void RecordUntilKilled(const fs::path& run, OpenMode mode,
                                    NodeId first, int report) {
  auto store = OpenStore(run, mode);
  if (!store) _exit(1);
  for (NodeId id = first;; ++id) {
    const Node node = SampleNode(id);
    if (!(*store)->RecordNode(node, SampleKey(node))) _exit(1);
    if (write(report, &id, sizeof id) != sizeof id) _exit(1);
  }
}

TEST_F(OpenStoreTest, KilledAtAnyInstantItLosesNothingRecorded) {
  NodeId recorded = 0;
  for (int round = 0; round < 20; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    Fd reading(ends[0]), writing(ends[1]);
    const pid_t child = fork();
    if (child == 0)
      RecordUntilKilled(run_,
                        round == 0 ? OpenMode::kCreate : OpenMode::kReadWrite,
                        recorded + 1, ends[1]);
    writing.Reset();
    NodeId told = recorded;
    for (int i = 0; i < 3 + round; ++i)
      ASSERT_EQ(read(reading.get(), &told, sizeof told), ssize_t{sizeof told});
    kill(child, SIGKILL);
    ASSERT_EQ(waitpid(child, nullptr, 0), child);
    while (read(reading.get(), &told, sizeof told) > 0) {
    }
    auto store = Open(OpenMode::kReadWrite);
    ASSERT_TRUE(store);
    const auto nodes = store->FindNodes();
    ASSERT_TRUE(nodes.has_value()) << nodes.error().message;
    recorded = nodes->back().id;
    EXPECT_GE(recorded, told);
    EXPECT_LE(recorded, told + 1);  // recorded, but killed before it could tell
    ASSERT_EQ(nodes->size(), static_cast<size_t>(recorded));  // none twice
  }
}

}  // namespace
}  // namespace kernelevolve

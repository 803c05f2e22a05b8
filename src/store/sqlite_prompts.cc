#include "store/sqlite_prompts.h"

#include "base/digest.h"

namespace kernelevolve {
namespace {

using sqlite::Database;
using sqlite::Statement;

// Of what was sent: the same prompt has the same digest wherever it stands.
std::string DigestOf(const PromptRecord& prompt) {
  std::string sent;
  for (const PromptMessage& message : prompt.messages)
    sent += message.role + "\n" + message.text + "\n";
  return HexDigest(sent);
}

Status InsertMessages(Database& database, ObjectFolder& objects, int64_t prompt,
                      const std::vector<PromptMessage>& messages) {
  for (size_t i = 0; i < messages.size(); ++i) {
    ASSIGN_OR_RETURN(const std::string object, objects.Put(messages[i].text));
    RETURN_IF_ERROR(database.Run(
        "INSERT INTO messages (prompt_id, position, role, object) "
        "VALUES (?1, ?2, ?3, ?4)",
        prompt, static_cast<int64_t>(i), messages[i].role, object));
  }
  return {};
}

Status InsertPrompt(Database& database, ObjectFolder& objects, NodeId node,
                    const PromptRecord& prompt) {
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO prompts (node_id, purpose, provider, model, digest, "
      "created_wall_s) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      node, prompt.purpose, prompt.provider, prompt.model, DigestOf(prompt),
      prompt.created_wall_s));
  const int64_t id = database.LastInsertId();
  RETURN_IF_ERROR(InsertMessages(database, objects, id, prompt.messages));
  return database.Run(
      "INSERT INTO costs (node_id, prompt_id, provider, model, input_tokens, "
      "cached_tokens, output_tokens, dollars, created_wall_s, seconds, "
      "estimated, calls) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      node, id, prompt.provider, prompt.model, prompt.input_tokens,
      prompt.cached_tokens, prompt.output_tokens, prompt.dollars,
      prompt.created_wall_s, prompt.seconds,
      static_cast<int64_t>(prompt.estimated), prompt.calls);
}

Result<std::vector<PromptMessage>> SelectMessages(Database& database,
                                                  ObjectFolder& objects,
                                                  int64_t prompt) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.Query("SELECT role, object FROM messages "
                                  "WHERE prompt_id = ?1 ORDER BY position",
                                  prompt));
  std::vector<PromptMessage> messages;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return messages;
    ASSIGN_OR_RETURN(std::string text, objects.Get(rows.String(1)));
    messages.push_back({rows.String(0), std::move(text)});
  }
}

}  // namespace

Status InsertPrompts(Database& database, ObjectFolder& objects, NodeId node,
                     const std::vector<PromptRecord>& prompts) {
  for (const PromptRecord& prompt : prompts)
    RETURN_IF_ERROR(InsertPrompt(database, objects, node, prompt));
  return {};
}

Result<std::vector<PromptRecord>> SelectPrompts(Database& database,
                                                ObjectFolder& objects,
                                                NodeId node) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query(
          "SELECT p.id, p.purpose, p.provider, p.model, c.input_tokens, "
          "c.cached_tokens, c.output_tokens, c.estimated, c.dollars, "
          "c.seconds, p.created_wall_s, c.calls FROM prompts p "
          "JOIN costs c ON c.prompt_id = p.id WHERE p.node_id = ?1 "
          "ORDER BY p.id",
          node));
  std::vector<PromptRecord> prompts;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return prompts;
    PromptRecord prompt{rows.String(1),       rows.String(2), rows.String(3),
                        {},                   rows.Integer(4), rows.Integer(5),
                        rows.Integer(6),      rows.Integer(7) != 0,
                        rows.Real(8),         rows.Real(9),
                        rows.Real(10),        rows.Integer(11)};
    ASSIGN_OR_RETURN(prompt.messages,
                     SelectMessages(database, objects, rows.Integer(0)));
    prompts.push_back(std::move(prompt));
  }
}

Result<Spending> SumCosts(Database& database, NodeId node) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query(
          "SELECT COALESCE(SUM(calls), 0), COALESCE(SUM(input_tokens), 0), "
          "COALESCE(SUM(cached_tokens), 0), COALESCE(SUM(output_tokens), 0), "
          "COALESCE(SUM(dollars), 0.0), COALESCE(SUM(seconds), 0.0) FROM costs "
          "WHERE node_id = ?1",
          node));
  ASSIGN_OR_RETURN(const bool row, rows.Step());
  if (!row) return Spending{};
  return Spending{rows.Integer(0), rows.Integer(1), rows.Integer(2),
                  rows.Integer(3), rows.Real(4),    rows.Real(5)};
}

}  // namespace kernelevolve

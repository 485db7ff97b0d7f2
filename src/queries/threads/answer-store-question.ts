import { answerQuery, type QueryAnswererParts, type QueryQuestion } from './query-question.ts'
import { answerRows, type RowsQuestion } from './rows-question.ts'

/** Answers what another thread asks about the stores of this one. Throws, and rejects, as `answerRows` and `answerQuery`. */
export function answerStoreQuestion(question: unknown, parts: QueryAnswererParts): unknown {
  const asked = question as RowsQuestion | QueryQuestion
  return asked.kind === 'rows' ? answerRows(asked, parts) : answerQuery(asked, parts)
}

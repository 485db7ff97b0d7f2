/** Why a request of a group is refused: becomes the error code and message of its answer. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  /** Kafka's code (N§0.4). */
  readonly kafkaCode: number

  constructor(kafkaCode: number, message: string) {
    super(message)
    this.kafkaCode = kafkaCode
  }
}

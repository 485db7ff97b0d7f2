/** Where records go: looked up once by `producer.target`, kept by the caller. Opaque. */
export interface ProducerTarget {
  readonly topic: string
  readonly partition: number
}

/** How much is done. */
export interface VersusScale {
  /** What a number of records is multiplied by: 1, or less in quick runs and those of tests. */
  readonly factor: number
}

/** What all logical nodes have. `name` is that of the physical node whose output the children read. */
export interface LogicalNodeBase {
  readonly name: string
  /** `file:line` of the DSL call. */
  readonly site: string | null
}

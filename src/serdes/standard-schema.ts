/** What schema libraries (zod, valibot, arktype, ...) agree on: https://standardschema.dev, version 1, as far as it is used here. */
export interface StandardSchema<T> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => unknown
    readonly types?: { readonly input: unknown; readonly output: T } | undefined
  }
}

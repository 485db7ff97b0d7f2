/** Carries the type of the store that a handle stands for; there is no such property at run time. */
export declare const storeType: unique symbol

/** Stands for a store of type `S`: a store spec, or a table that has a store. Typed, so that nothing is fetched by name and cast. */
export interface StoreHandle<out S> {
  readonly [storeType]: S
}

// Properties that exist in types only. They are symbols and come first in each interface, so that errors stay short.

/** What an object is: a stream, a table, ... */
export declare const kind: unique symbol
/** The type of keys. */
export declare const keyType: unique symbol
/** The types of the keys and values of a global table's rows. */
export declare const rowType: unique symbol
/** The type of a table's deletions. */
export declare const deleteType: unique symbol

package oracle;

/** Makes the flow of the operator's id, or null: then it has put its flows itself, or has none. */
interface Operator {
    Flow apply(Call call);
}

package oracle;

import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueTransformerWithKeySupplier;

/** Joins of tables by their keys, and transformValues; test/oracle/operators/table-joins.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class TableJoins {
    static void add(final Operators all) {
        all.on("table", "join", call -> joined(call, TableJoins::inner));
        all.on("table", "leftJoin", call -> joined(call, TableJoins::left));
        all.on("table", "outerJoin", call -> joined(call, TableJoins::outer));
        all.on("table", "transformValues", TableJoins::transformed);
    }

    private interface Join {
        KTable of(KTable left, KTable right, ValueJoiner joiner, Named n, Materialized m);
    }

    private static Flow joined(final Call call, final Join join) {
        final Options o = call.o();
        final Flow from = call.from();
        final Flow other = call.plan().flow(o.text("with"), "table");
        final String name = o.text("joiner");
        final KTable table = join.of(from.get(), other.get(), Functions.joiner(name), Common.named(o), Common.materialized(call));
        return new Flow("table", table, from.key(), Functions.serdeOfJoined(name, from.value(), other.value()));
    }

    private static KTable inner(final KTable left, final KTable right, final ValueJoiner joiner, final Named n, final Materialized m) {
        if (m == null) return n == null ? left.join(right, joiner) : left.join(right, joiner, n);
        return n == null ? left.join(right, joiner, m) : left.join(right, joiner, n, m);
    }

    private static KTable left(final KTable left, final KTable right, final ValueJoiner joiner, final Named n, final Materialized m) {
        if (m == null) return n == null ? left.leftJoin(right, joiner) : left.leftJoin(right, joiner, n);
        return n == null ? left.leftJoin(right, joiner, m) : left.leftJoin(right, joiner, n, m);
    }

    private static KTable outer(final KTable left, final KTable right, final ValueJoiner joiner, final Named n, final Materialized m) {
        if (m == null) return n == null ? left.outerJoin(right, joiner) : left.outerJoin(right, joiner, n);
        return n == null ? left.outerJoin(right, joiner, m) : left.outerJoin(right, joiner, n, m);
    }

    private static Flow transformed(final Call call) {
        final Options o = call.o();
        final KTable table = call.from().get();
        final Plan.Stores stores = call.plan().stores(o.texts("stores"));
        // The library ignores what the supplier of a transformer brings with it.
        stores.owned().forEach(store -> call.plan().builder.addStateStore(store));
        final ValueTransformerWithKeySupplier supplier = Transformers.supplier(o.text("transformer"), stores.names());
        final String[] names = stores.names().toArray(String[]::new);
        final Named n = Common.named(o);
        final Materialized m = Common.materialized(call);
        final KTable made;
        if (m == null) made = n == null ? table.transformValues(supplier, names) : table.transformValues(supplier, n, names);
        else made = n == null ? table.transformValues(supplier, m, names) : table.transformValues(supplier, m, n, names);
        return new Flow("table", made, call.from().key(), "string");
    }

    private TableJoins() { }
}

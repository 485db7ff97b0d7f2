package oracle;

import java.util.function.BiFunction;
import java.util.function.Function;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.TableJoined;
import org.apache.kafka.streams.kstream.ValueJoiner;

/** Joins of tables by foreign key; test/oracle/operators/foreign-keys.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class ForeignKeys {
    static void add(final Operators all) {
        all.on("table", "foreignKeyJoin", call -> joined(call, false));
        all.on("table", "foreignKeyLeftJoin", call -> joined(call, true));
    }

    private static Flow joined(final Call call, final boolean isLeft) {
        final Options o = call.o();
        final Flow from = call.from();
        final Flow other = call.plan().flow(o.text("with"), "table");
        final var foreignKey = Functions.foreignKey(o.text("foreignKey"));
        final Boolean withKey = o.flagOrNull("withKey");
        final String name = o.text("joiner");
        final ValueJoiner joiner = Functions.joiner(name);
        final TableJoined joined = tableJoined(o);
        final Materialized m = Common.materialized(call);
        final KTable left = from.get();
        final KTable right = other.get();
        final KTable table = Boolean.TRUE.equals(withKey)
            ? byKeyAndValue(left, right, isLeft, foreignKey::apply, joiner, joined, m)
            : byValue(left, right, isLeft, value -> foreignKey.apply(null, value), joiner, joined, m);
        return new Flow("table", table, from.key(), Functions.serdeOfJoined(name, from.value(), other.value()));
    }

    /** Null where no option of it is there. */
    private static TableJoined tableJoined(final Options o) {
        final String partitioner = o.textOrNull("partitioner");
        final String otherPartitioner = o.textOrNull("otherPartitioner");
        if (partitioner == null && otherPartitioner == null) return o.has("name") ? TableJoined.as(o.text("name")) : null;
        final TableJoined joined = TableJoined.with(
            partitioner == null ? null : (org.apache.kafka.streams.processor.StreamPartitioner) Functions.partitioner(partitioner),
            otherPartitioner == null ? null : (org.apache.kafka.streams.processor.StreamPartitioner) Functions.partitioner(otherPartitioner)
        );
        return o.has("name") ? joined.withName(o.text("name")) : joined;
    }

    private static KTable byValue(final KTable left, final KTable right, final boolean isLeft, final Function key, final ValueJoiner joiner, final TableJoined joined, final Materialized m) {
        if (isLeft) {
            if (joined == null) return m == null ? left.leftJoin(right, key, joiner) : left.leftJoin(right, key, joiner, m);
            return m == null ? left.leftJoin(right, key, joiner, joined) : left.leftJoin(right, key, joiner, joined, m);
        }
        if (joined == null) return m == null ? left.join(right, key, joiner) : left.join(right, key, joiner, m);
        return m == null ? left.join(right, key, joiner, joined) : left.join(right, key, joiner, joined, m);
    }

    private static KTable byKeyAndValue(final KTable left, final KTable right, final boolean isLeft, final BiFunction key, final ValueJoiner joiner, final TableJoined joined, final Materialized m) {
        if (isLeft) {
            if (joined == null) return m == null ? left.leftJoin(right, key, joiner) : left.leftJoin(right, key, joiner, m);
            return m == null ? left.leftJoin(right, key, joiner, joined) : left.leftJoin(right, key, joiner, joined, m);
        }
        if (joined == null) return m == null ? left.join(right, key, joiner) : left.join(right, key, joiner, m);
        return m == null ? left.join(right, key, joiner, joined) : left.join(right, key, joiner, joined, m);
    }

    private ForeignKeys() { }
}

package oracle;

import java.time.Duration;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;

/** Joins of a stream with a table; test/oracle/operators/stream-table-joins.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class StreamTableJoins {
    static void add(final Operators all) {
        all.on("stream", "joinTable", call -> joined(call, false));
        all.on("stream", "leftJoinTable", call -> joined(call, true));
    }

    private static Flow joined(final Call call, final boolean isLeft) {
        final Options o = call.o();
        final Flow from = call.from();
        final Flow other = call.plan().flow(o.text("with"), "table");
        final KStream stream = from.get();
        final KTable table = other.get();
        final Joined joined = options(o);
        if (o.has("joinerWithKey")) {
            final ValueJoinerWithKey joiner = Functions.joinerWithKey(o.text("joinerWithKey"));
            final KStream made;
            if (joined == null) made = isLeft ? stream.leftJoin(table, joiner) : stream.join(table, joiner);
            else made = isLeft ? stream.leftJoin(table, joiner, joined) : stream.join(table, joiner, joined);
            return new Flow("stream", made, from.key(), "string");
        }
        final ValueJoiner joiner = Functions.joiner(o.text("joiner"));
        final KStream made;
        if (joined == null) made = isLeft ? stream.leftJoin(table, joiner) : stream.join(table, joiner);
        else made = isLeft ? stream.leftJoin(table, joiner, joined) : stream.join(table, joiner, joined);
        return new Flow("stream", made, from.key(), Functions.serdeOfJoined(o.text("joiner"), from.value(), other.value()));
    }

    /** Null where there are none: the overload without. */
    private static Joined options(final Options o) {
        final String key = o.textOrNull("key");
        final String value = o.textOrNull("value");
        final String otherValue = o.textOrNull("otherValue");
        final Long grace = o.numberOrNull("grace");
        if (!o.has("name") && key == null && value == null && otherValue == null && grace == null) return null;
        final Joined joined = Joined.with(serde(key), serde(value), serde(otherValue));
        final Joined named = o.has("name") ? joined.withName(o.text("name")) : joined;
        return grace == null ? named : named.withGracePeriod(Duration.ofMillis(grace));
    }

    private static Serde serde(final String name) {
        return name == null ? null : SerdesByName.serde(name);
    }

    private StreamTableJoins() { }
}

package oracle;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.regex.Pattern;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.internals.LeftOrRightValue;
import org.apache.kafka.streams.state.internals.TimestampedKeyAndJoinSide;

/** All rows of what a left or outer join of streams keeps; test/oracle/reads/list.ts is the twin. */
final class ReadLists {
    private static final Pattern SHARED = Pattern.compile("^KSTREAM-OUTERSHARED-[0-9]{10}-store$|-(left|outer)-shared-join-store$");

    static boolean isList(final String store) {
        return SHARED.matcher(store).find();
    }

    static void read(final KeyValueStore<?, ?> store, final ObjectNode found) {
        final ArrayNode rows = found.putArray("all");
        try (KeyValueIterator<?, ?> iterator = store.all()) {
            iterator.forEachRemaining(row -> {
                final TimestampedKeyAndJoinSide<?> key = (TimestampedKeyAndJoinSide<?>) row.key;
                final LeftOrRightValue<?, ?> value = (LeftOrRightValue<?, ?>) row.value;
                final Object side = key.isLeftSide() ? value.leftValue() : value.rightValue();
                rows.add(Shown.hex(key.key()) + "@" + key.timestamp() + (key.isLeftSide() ? " left " : " right ") + Shown.hex(side));
            });
        }
    }

    private ReadLists() { }
}

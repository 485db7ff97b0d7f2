package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.ValueJoiner;
import org.apache.kafka.streams.kstream.ValueJoinerWithKey;
import org.apache.kafka.streams.state.WindowBytesStoreSupplier;

/** Joins of two streams; test/oracle/operators/stream-joins.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class StreamJoins {
    static void add(final Operators all) {
        for (final String op : new String[] {"joinStream", "leftJoinStream", "outerJoinStream"}) all.on("stream", op, call -> joined(call, op));
    }

    private static Flow joined(final Call call, final String op) {
        final Options o = call.o();
        final Flow from = call.from();
        final Flow other = call.plan().flow(o.text("with"), "stream");
        final KStream left = from.get();
        final KStream right = other.get();
        final StreamJoined options = options(call, other);
        final JoinWindows windows = windows(o);
        if (o.has("joinerWithKey")) {
            final ValueJoinerWithKey joiner = Functions.joinerWithKey(o.text("joinerWithKey"));
            final KStream made = switch (op) {
                case "joinStream" -> left.join(right, joiner, windows, options);
                case "leftJoinStream" -> left.leftJoin(right, joiner, windows, options);
                default -> left.outerJoin(right, joiner, windows, options);
            };
            return new Flow("stream", made, from.key(), "string");
        }
        final ValueJoiner joiner = Functions.joiner(o.text("joiner"));
        final KStream made = switch (op) {
            case "joinStream" -> left.join(right, joiner, windows, options);
            case "leftJoinStream" -> left.leftJoin(right, joiner, windows, options);
            default -> left.outerJoin(right, joiner, windows, options);
        };
        return new Flow("stream", made, from.key(), Functions.serdeOfJoined(o.text("joiner"), from.value(), other.value()));
    }

    private static JoinWindows windows(final Options o) {
        final Duration grace = Duration.ofMillis(o.number("grace"));
        final Long timeDifference = o.numberOrNull("timeDifference");
        if (timeDifference != null) return JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(timeDifference), grace);
        final long before = o.number("before");
        final long after = o.number("after");
        // Neither step may have windows that end before they begin.
        final JoinWindows wide = JoinWindows.ofTimeDifferenceAndGrace(Duration.ofMillis(Math.max(Math.abs(before), Math.abs(after))), grace);
        return wide.before(Duration.ofMillis(before)).after(Duration.ofMillis(after));
    }

    private static StreamJoined options(final Call call, final Flow other) {
        final Options o = call.o();
        final Flow from = call.from();
        StreamJoined options = StreamJoined.with(SerdesByName.serde(from.key()), SerdesByName.serde(from.value()), SerdesByName.serde(other.value()));
        if (o.has("name")) options = options.withName(o.text("name"));
        final boolean described = o.has("leftStore");
        if (described) {
            options = options.withThisStoreSupplier((WindowBytesStoreSupplier) call.plan().store(o.text("leftStore")).supplier());
            options = options.withOtherStoreSupplier((WindowBytesStoreSupplier) call.plan().store(o.text("rightStore")).supplier());
        } else if (o.has("store")) {
            options = options.withStoreName(o.text("store"));
        }
        final JsonNode logging = o.node("logging");
        if (logging != null) options = Common.isOff(logging) ? options.withLoggingDisabled() : options.withLoggingEnabled(Common.settings(logging));
        final String supplier = o.textOrNull("supplier");
        if (!"default".equals(supplier) && (supplier != null || !described)) {
            options = options.withDslStoreSuppliers(StoreSuppliers.of(supplier == null ? "in-memory" : supplier));
        }
        return options;
    }

    private StreamJoins() { }
}

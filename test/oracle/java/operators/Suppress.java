package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.Suppressed.StrictBufferConfig;

/** suppress; test/oracle/operators/suppress.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Suppress {
    static void add(final Operators all) {
        all.on("table", "suppress", Suppress::suppress);
    }

    private static Flow suppress(final Call call) {
        final KTable table = call.from().get();
        return call.from().as("table", table.suppress(suppressed(call.o())));
    }

    private static Suppressed suppressed(final Options o) {
        final Long limit = o.numberOrNull("limit");
        final Suppressed suppressed;
        if (limit == null) suppressed = Suppressed.untilWindowCloses((StrictBufferConfig) logged(o, bounded(o).shutDownWhenFull()));
        else suppressed = Suppressed.untilTimeLimit(Duration.ofMillis(limit), logged(o, whenFull(o, bounded(o))));
        return o.has("name") ? suppressed.withName(o.text("name")) : suppressed;
    }

    private static BufferConfig<?> bounded(final Options o) {
        final Long records = o.numberOrNull("maxRecords");
        final Long bytes = o.numberOrNull("maxBytes");
        if (records == null && bytes == null) return BufferConfig.unbounded();
        if (records == null) return BufferConfig.maxBytes(bytes);
        return bytes == null ? BufferConfig.maxRecords(records) : BufferConfig.maxRecords(records).withMaxBytes(bytes);
    }

    private static BufferConfig<?> whenFull(final Options o, final BufferConfig<?> config) {
        final String whenFull = o.textOrNull("whenFull");
        if (whenFull == null) return config;
        return switch (whenFull) {
            case "emit-early" -> config.emitEarlyWhenFull();
            case "shut-down" -> config.shutDownWhenFull();
            default -> throw new ScenarioException("whenFull is emit-early or shut-down");
        };
    }

    private static BufferConfig<?> logged(final Options o, final BufferConfig<?> config) {
        final JsonNode logging = o.node("logging");
        if (logging == null) return config;
        return Common.isOff(logging) ? config.withLoggingDisabled() : config.withLoggingEnabled(Common.settings(logging));
    }

    private Suppress() { }
}

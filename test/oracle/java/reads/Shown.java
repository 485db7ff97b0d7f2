package oracle;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.streams.kstream.Window;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.kstream.internals.SessionWindow;
import org.apache.kafka.streams.kstream.internals.TimeWindow;
import org.apache.kafka.streams.state.AggregationWithHeaders;
import org.apache.kafka.streams.state.ValueAndTimestamp;
import org.apache.kafka.streams.state.ValueTimestampHeaders;

/** Keys and values in answers, and keys of reads; test/oracle/reads/shown.ts and item.ts are the twins. */
final class Shown {
    /** As hex, keys in windows as hex@start/end. */
    static String hex(final Object given) {
        if (given == null) return "null";
        if (given instanceof Long number) return HexFormat.of().formatHex(ByteBuffer.allocate(8).putLong(number).array());
        if (given instanceof Boolean flag) return flag ? "01" : "00";
        if (given instanceof byte[] bytes) return HexFormat.of().formatHex(bytes);
        if (given instanceof Windowed<?> windowed) return hex(windowed.key()) + "@" + windowed.window().start() + "/" + windowed.window().end();
        return HexFormat.of().formatHex(Functions.text(given).getBytes(StandardCharsets.UTF_8));
    }

    /** A value of a store. */
    static String value(final Object given, final boolean stamped) {
        if (given instanceof AggregationWithHeaders<?> kept) return hex(kept.aggregation());
        if (given instanceof ValueTimestampHeaders<?> kept) return hex(kept.value());
        if (!(given instanceof ValueAndTimestamp<?> found)) return hex(given);
        return hex(found.value()) + (stamped ? " " + found.timestamp() : "");
    }

    /** A key as reads have it: a text, a whole number, true or false, null (an open end), hex, a key in a window. */
    static Object item(final JsonNode given) {
        if (given == null || given.isNull()) return null;
        if (given.isTextual()) return given.textValue();
        if (given.isIntegralNumber()) return given.longValue();
        if (given.isBoolean()) return given.booleanValue();
        if (given.has("hex")) return HexFormat.of().parseHex(given.get("hex").textValue());
        if (given.has("key")) return new Windowed<>(item(given.get("key")), window(given));
        throw new ScenarioException("no key: " + given);
    }

    private static Window window(final JsonNode given) {
        final long start = given.get("start").longValue();
        final long end = given.get("end").longValue();
        return start == end ? new SessionWindow(start, end) : new TimeWindow(start, end);
    }

    private Shown() { }
}

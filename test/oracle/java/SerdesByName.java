package oracle;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.errors.ProcessorStateException;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/** Serdes by name; test/oracle/serdes.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class SerdesByName {
    private static final Pattern INNER = Pattern.compile("(\\w+)\\(([\\w()]+)(?:, (\\w+))?\\)");

    /** Null for {@code default}: that of the configuration is taken. */
    static Serde<Object> serde(final String name) {
        if (name.equals("default")) return null;
        final Serde found = find(name);
        if (found == null) throw new ScenarioException("serde \"" + name + "\" is not known");
        return found;
    }

    private static Serde find(final String name) {
        final Matcher inner = INNER.matcher(name);
        if (!inner.matches()) {
            return switch (name) {
                case "string" -> Serdes.String();
                case "int64" -> Serdes.Long();
                case "bytes" -> Serdes.ByteArray();
                case "boolean" -> Serdes.Boolean();
                case "failing" -> Serdes.serdeFrom((topic, text) -> failing((String) text), new StringDeserializer());
                default -> null;
            };
        }
        final Serde of = serde(inner.group(2));
        final String more = inner.group(3);
        return switch (inner.group(1)) {
            case "timeWindowed" -> more == null ? null : new WindowedSerdes.TimeWindowedSerde<>(of, more.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(more));
            case "sessionWindowed" -> new WindowedSerdes.SessionWindowedSerde<>(of);
            case "list" -> Serdes.ListSerde(ArrayList.class, of);
            default -> null;
        };
    }

    /** Fails for one text, as a store that fails. */
    private static byte[] failing(final String text) {
        if (text.equals("x")) throw new ProcessorStateException("nothing is kept of %s", new Boom());
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private SerdesByName() { }
}

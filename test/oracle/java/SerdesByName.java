package oracle;

import java.util.ArrayList;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.kstream.WindowedSerdes;

/** Serdes by name; test/oracle/serdes.ts is the twin. */
@SuppressWarnings({"unchecked", "rawtypes"})
final class SerdesByName {
    private static final Pattern INNER = Pattern.compile("(\\w+)\\(([\\w()]+)(?:, (\\w+))?\\)");

    static Serde<Object> serde(final String name) {
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

    private SerdesByName() { }
}

package oracle;

import java.util.Map;
import org.apache.kafka.streams.kstream.CogroupedKStream;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.TimeWindowedCogroupedKStream;
import org.apache.kafka.streams.kstream.Window;

/**
 * Grouped streams that are aggregated together, and their windows; test/oracle/operators/cogroup.ts is the twin. The serde of keys that
 * travels there, and that of values, are said to Materialized here, which is always there: it burns no number.
 */
@SuppressWarnings({"unchecked", "rawtypes"})
final class Cogroups {
    static void add(final Operators all) {
        all.on("grouped stream", "cogroup", call -> {
            final KGroupedStream grouped = call.from().get();
            final CogroupedKStream cogrouped = grouped.cogroup(Functions.aggregator(call.o().text("aggregator")));
            return new Flow("cogrouped stream", cogrouped, call.from().key(), call.o().text("value"));
        });
        all.on("cogrouped stream", "cogroup", call -> {
            final CogroupedKStream cogrouped = call.from().get();
            final KGroupedStream other = call.plan().flow(call.o().text("with"), "grouped stream").get();
            return call.from().as("cogrouped stream", cogrouped.cogroup(other, Functions.aggregator(call.o().text("aggregator"))));
        });
        all.on("cogrouped stream", "aggregate", call -> {
            final CogroupedKStream cogrouped = call.from().get();
            final var i = Functions.initializer(call.o().text("initializer"));
            final Named n = Common.named(call.o());
            final Materialized m = materialized(call);
            return call.from().as("table", n == null ? cogrouped.aggregate(i, m) : cogrouped.aggregate(i, n, m));
        });
        all.on("cogrouped stream", "windowedBy", Cogroups::windowedBy);
        all.on("windowed cogrouped stream", "aggregate", call -> {
            final TimeWindowedCogroupedKStream windowed = call.from().get();
            final var i = Functions.initializer(call.o().text("initializer"));
            final Named n = Common.named(call.o());
            final Materialized m = materialized(call);
            final Object table = n == null ? windowed.aggregate(i, m) : windowed.aggregate(i, n, m);
            return new Flow("table", table, (String) call.from().more().get("windowedKey"), call.from().value());
        });
    }

    private static Flow windowedBy(final Call call) {
        final Flow from = call.from();
        final CogroupedKStream<Object, Object> cogrouped = from.get();
        final Options o = call.o();
        final Object windowed;
        if (o.has("timeDifference")) windowed = cogrouped.windowedBy(Windows.slidingWindows(o));
        else if (Boolean.TRUE.equals(o.flagOrNull("unlimited"))) windowed = cogrouped.<Window>windowedBy((org.apache.kafka.streams.kstream.Windows) Windows.unlimited(o));
        else windowed = cogrouped.windowedBy(Windows.timeWindows(o));
        final String windowedKey = "timeWindowed(" + from.key() + ", " + Windows.size(o) + ")";
        return new Flow("windowed cogrouped stream", windowed, from.key(), from.value(), Map.of("windowedKey", windowedKey));
    }

    static Materialized materialized(final Call call) {
        final boolean namesKey = call.o().has("key") || call.o().has("supplied");
        final boolean namesValue = call.o().has("value") || call.o().has("supplied");
        Materialized built = Common.materialized(call);
        if (built == null) built = Materialized.with(null, null);
        if (!namesKey) built = built.withKeySerde(SerdesByName.serde(call.from().key()));
        return namesValue ? built : built.withValueSerde(SerdesByName.serde(call.from().value()));
    }

    private Cogroups() { }
}

import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.WindowStore;

/** What is measured, by the names that modes ask for them; those of Millrace are in bench/versus/topologies. */
final class Topologies {
    private static final Serde<String> STRING = Serdes.String();
    private static final Serde<Long> LONG = Serdes.Long();

    private final StreamsBuilder builder = new StreamsBuilder();
    private final String input;
    private final String second;
    private final String output;
    private final boolean isInMemory;
    private final Progress progress;

    private Topologies(final Map<String, String> options, final Progress progress) {
        this.input = options.get("input");
        this.second = options.get("second");
        this.output = options.get("output");
        this.isInMemory = options.get("store").equals("in-memory");
        this.progress = progress;
    }

    static Topology of(final Map<String, String> options, final Progress progress) {
        final Topologies topologies = new Topologies(options, progress);
        topologies.add(options.get("topology"));
        return topologies.builder.build();
    }

    private void add(final String name) {
        switch (name) {
            case "stateless" -> stateless();
            case "pass" -> pass();
            case "json" -> json();
            case "word-count" -> wordCount();
            case "count" -> count();
            case "windowed-sum" -> windowedSum();
            case "table-join" -> tableJoin();
            case "stream-join" -> streamJoin();
            case "foreign-key-join" -> foreignKeyJoin();
            case "table" -> builder.table(input, Consumed.with(STRING, STRING), stored("store", STRING));
            default -> throw new IllegalArgumentException("unknown topology " + name);
        }
    }

    private void stateless() {
        builder.stream(input, Consumed.with(STRING, Serdes.ByteArray()))
            .peek((key, value) -> progress.step())
            .filter((key, value) -> (key.charAt(key.length() - 1) & 1) == 0)
            .mapValues(value -> value.clone())
            .to(output, Produced.with(STRING, Serdes.ByteArray()));
    }

    private void pass() {
        builder.stream(input, Consumed.with(STRING, Serdes.ByteArray()))
            .filter((key, value) -> true)
            .mapValues(value -> value.clone())
            .to(output, Produced.with(STRING, Serdes.ByteArray()));
    }

    private void json() {
        builder.stream(input, Consumed.with(STRING, Order.SERDE))
            .peek((key, value) -> progress.step())
            .mapValues(PricedOrder::of)
            .to(output, Produced.with(STRING, PricedOrder.SERDE));
    }

    private void wordCount() {
        builder.stream(input, Consumed.with(Serdes.ByteArray(), STRING))
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .peek((key, word) -> progress.step())
            .selectKey((key, word) -> word)
            .repartition(Repartitioned.with(STRING, STRING).withName("words"))
            .peek((key, word) -> progress.step())
            .groupByKey(Grouped.with(STRING, STRING))
            .count(stored("store", LONG))
            .toStream()
            .to(output, Produced.with(STRING, LONG));
    }

    private void count() {
        builder.stream(input, Consumed.with(STRING, STRING))
            .peek((key, value) -> progress.step())
            .groupByKey(Grouped.with(STRING, STRING))
            .count(stored("store", LONG))
            .toStream()
            .to(output, Produced.with(STRING, LONG));
    }

    private void windowedSum() {
        final Duration size = Duration.ofMinutes(1);
        builder.stream(input, Consumed.with(STRING, Order.SERDE))
            .peek((key, order) -> progress.step())
            .selectKey((key, order) -> order.customer)
            .groupByKey(Grouped.with(STRING, Order.SERDE))
            .windowedBy(TimeWindows.ofSizeAndGrace(size, Duration.ZERO))
            .aggregate(
                () -> 0.0,
                (customer, order, sum) -> {
                    progress.step();
                    return sum + order.amount;
                },
                Materialized.<String, Double, WindowStore<Bytes, byte[]>>as("store").withKeySerde(STRING).withValueSerde(Serdes.Double()))
            .toStream((window, sum) -> window.key() + "@" + window.window().start())
            .to(output, Produced.with(STRING, Serdes.Double()));
    }

    private void tableJoin() {
        final KTable<String, Customer> customers =
            builder.table(second, Consumed.with(STRING, Customer.SERDE), stored("store", Customer.SERDE));
        builder.stream(input, Consumed.with(STRING, Order.SERDE))
            .peek((key, order) -> progress.step())
            .selectKey((key, order) -> order.customer)
            .join(customers, NamedOrder::of, Joined.with(STRING, Order.SERDE, Customer.SERDE))
            .peek((key, order) -> progress.step())
            .to(output, Produced.with(STRING, NamedOrder.SERDE));
    }

    private void streamJoin() {
        final KStream<String, String> left = builder.stream(input, Consumed.with(STRING, STRING)).peek((key, value) -> progress.step());
        final KStream<String, String> right = builder.stream(second, Consumed.with(STRING, STRING)).peek((key, value) -> progress.step());
        left.join(
                right,
                (one, other) -> one + other,
                JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(5), Duration.ZERO),
                StreamJoined.with(STRING, STRING, STRING))
            .to(output, Produced.with(STRING, STRING));
    }

    private void foreignKeyJoin() {
        final KTable<String, Customer> customers =
            builder.table(second, Consumed.with(STRING, Customer.SERDE), stored("customers", Customer.SERDE));
        builder.stream(input, Consumed.with(STRING, Order.SERDE))
            .peek((key, order) -> progress.step())
            .toTable(stored("orders", Order.SERDE))
            .join(customers, order -> order.customer, NamedOrder::of, Materialized.with(STRING, NamedOrder.SERDE))
            .toStream()
            .peek((key, order) -> progress.step())
            .to(output, Produced.with(STRING, NamedOrder.SERDE));
    }

    private <V> Materialized<String, V, KeyValueStore<Bytes, byte[]>> stored(final String name, final Serde<V> serde) {
        final KeyValueBytesStoreSupplier store =
            isInMemory ? Stores.inMemoryKeyValueStore(name) : Stores.persistentTimestampedKeyValueStore(name);
        return Materialized.<String, V>as(store).withKeySerde(STRING).withValueSerde(serde);
    }
}

package oracle;

import static oracle.Functions.text;

import java.nio.charset.StandardCharsets;
import org.apache.kafka.streams.processor.api.ProcessingContext;
import org.apache.kafka.streams.processor.api.Record;

/** Processors without stores and timers. */
final class PlainProcessors {
    static void add(final Processors all) {
        all.free("forward", (context, stores) -> context::forward);
        all.free("drop", (context, stores) -> record -> { });
        all.free("twice", (context, stores) -> record -> {
            context.forward(record.withValue(text(record.value()) + "1"));
            context.forward(record.withValue(text(record.value()) + "2").withTimestamp(record.timestamp() + 1));
        });
        all.free("header", (context, stores) -> record -> {
            record.headers().add("p", text(record.value()).getBytes(StandardCharsets.UTF_8));
            context.forward(record);
        });
        all.free("freshHeaders", (context, stores) -> record -> context.forward(new Record<>(record.key(), record.value(), record.timestamp())));
        all.free("time", (context, stores) -> record -> context.forward(record.withValue(text(context.currentStreamTimeMs()) + "/" + text(context.currentSystemTimeMs()))));
        all.free("place", (context, stores) -> record -> context.forward(record.withValue(place(context))));
        all.free("failOnX", (context, stores) -> record -> {
            context.forward(record.withValue(text(record.value()) + "!"));
            if ("x".equals(record.value())) throw new Boom();
        });
        all.free("commit", (context, stores) -> record -> {
            context.commit();
            context.forward(record);
        });
        all.fixed("forward", (context, stores) -> context::forward);
        all.fixed("drop", (context, stores) -> record -> { });
        all.fixed("twice", (context, stores) -> record -> {
            context.forward(record.withValue(text(record.value()) + "1"));
            context.forward(record.withValue(text(record.value()) + "2").withTimestamp(record.timestamp() + 1));
        });
        all.fixed("header", (context, stores) -> record -> {
            record.headers().add("p", text(record.value()).getBytes(StandardCharsets.UTF_8));
            context.forward(record);
        });
        all.fixed("time", (context, stores) -> record -> context.forward(record.withValue(text(context.currentStreamTimeMs()) + "/" + text(context.currentSystemTimeMs()))));
        all.fixed("place", (context, stores) -> record -> context.forward(record.withValue(place(context))));
        all.fixed("failOnX", (context, stores) -> record -> {
            context.forward(record.withValue(text(record.value()) + "!"));
            if ("x".equals(record.value())) throw new Boom();
        });
    }

    static String place(final ProcessingContext context) {
        // Without a source record ours has no metadata, Java's has no topic.
        return context.recordMetadata().filter(found -> found.topic() != null).map(found -> found.topic() + "-" + found.partition() + "@" + found.offset()).orElse("nowhere");
    }

    private PlainProcessors() { }
}

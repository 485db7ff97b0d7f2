import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.Locale;
import org.apache.kafka.common.serialization.Serde;

/** What the mode `json` makes of an order. */
@JsonPropertyOrder({"customer", "item", "total", "currency", "store", "ts"})
public final class PricedOrder {
    static final Serde<PricedOrder> SERDE = new JsonSerde<>(PricedOrder.class);

    public String customer;
    public String item;
    public long total;
    public String currency;
    public String store;
    public long ts;

    static PricedOrder of(final Order order) {
        final PricedOrder priced = new PricedOrder();
        priced.customer = order.customer;
        priced.item = order.item.toUpperCase(Locale.ROOT);
        priced.total = order.amount * order.qty;
        priced.currency = order.currency;
        priced.store = order.store;
        priced.ts = order.ts;
        return priced;
    }
}

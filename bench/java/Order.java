import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.apache.kafka.common.serialization.Serde;

/** An order as it is in its topic. */
@JsonPropertyOrder({"customer", "amount", "item", "qty", "currency", "store", "channel", "note", "ts"})
public final class Order {
    static final Serde<Order> SERDE = new JsonSerde<>(Order.class);

    public String customer;
    /** In cents. */
    public long amount;
    public String item;
    public int qty;
    public String currency;
    public String store;
    public String channel;
    public String note;
    public long ts;
}

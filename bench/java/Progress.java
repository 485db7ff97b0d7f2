import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Counts what the application does in steps, and tells when the first one, half of them and all of them are done. progress.ts is its twin. */
final class Progress {
    private static final VarHandle DONE = doneHandle();

    private final long half;
    private final long all;
    private long next = 1;
    /** Written by the one stream thread; opaque, so that others see it soon and it costs nothing. */
    private long done;

    /** `all`: how many steps there are; 0: nothing is told. */
    Progress(final long all) {
        this.half = all / 2;
        this.all = all;
        if (all == 0) next = -1;
    }

    void step() {
        final long now = done + 1;
        DONE.setOpaque(this, now);
        if (now == next) tell(now);
    }

    /** Steps that are done. */
    long done() {
        return (long) DONE.getOpaque(this);
    }

    private void tell(final long now) {
        if (now == 1) Telling.say("first");
        if (now == half) Telling.say("half");
        if (now == all) Telling.say("all");
        next = now < half ? half : all;
    }

    private static VarHandle doneHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(Progress.class, "done", long.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }
}

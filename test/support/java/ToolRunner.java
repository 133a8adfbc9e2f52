import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs the main methods of Kafka's command-line tools inside one JVM, several at a time, because starting a JVM for each of a hundred
 * invocations would cost minutes. One JSON line in for each run, one JSON line out when it ended.
 */
public final class ToolRunner {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What one run reads and writes; inherited by the threads that the tool starts. */
    private static final class Run {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        final ByteArrayOutputStream err = new ByteArrayOutputStream();
        InputStream in = InputStream.nullInputStream();
        volatile Integer exit;
    }

    private static final InheritableThreadLocal<Run> RUN = new InheritableThreadLocal<>();

    private static final class Exited extends Error {
        Exited() {
            super("exit", null, false, false);
        }
    }

    public static void main(String[] args) throws Exception {
        PrintStream realOut = System.out;
        PrintStream realErr = System.err;
        System.setOut(new PrintStream(new Routed(realErr, false), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new Routed(realErr, true), true, StandardCharsets.UTF_8));
        System.setIn(new RoutedIn());
        Exit.Procedure exited = (code, message) -> {
            Run run = RUN.get();
            if (run != null) {
                if (run.exit == null) run.exit = code;
                if (message != null) System.err.println(message);
            }
            throw new Exited();
        };
        Exit.setExitProcedure(exited);
        Exit.setHaltProcedure(exited);
        Exit.setShutdownHookAdder((name, runnable) -> { });

        BufferedReader lines = new BufferedReader(new InputStreamReader(new java.io.FileInputStream(java.io.FileDescriptor.in), StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            JsonNode request = JSON.readTree(line);
            Thread thread = new Thread(() -> {
                String answer = run(request);
                synchronized (realOut) {
                    realOut.println(answer);
                    realOut.flush();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        Runtime.getRuntime().halt(0);
    }

    private static String run(JsonNode request) {
        Run run = new Run();
        run.in = new ByteArrayInputStream(request.path("stdin").asText("").getBytes(StandardCharsets.UTF_8));
        String[] args = new String[request.path("args").size()];
        for (int i = 0; i < args.length; i++) args[i] = request.path("args").get(i).asText();
        boolean[] timedOut = {false};
        Thread thread = new Thread(() -> {
            RUN.set(run);
            int code = 0;
            try {
                ClassLoader loader = new OwnTools();
                Thread.currentThread().setContextClassLoader(loader);
                Class.forName(request.path("main").asText(), true, loader).getMethod("main", String[].class).invoke(null, (Object) args);
            } catch (InvocationTargetException e) {
                if (!(e.getCause() instanceof Exited)) {
                    e.getCause().printStackTrace();
                    code = 1;
                }
            } catch (Throwable e) {
                e.printStackTrace();
                code = 1;
            }
            if (run.exit == null) run.exit = code;
        });
        thread.setDaemon(true);
        thread.start();
        try {
            thread.join(TimeUnit.SECONDS.toMillis(request.path("timeoutSeconds").asInt(150)));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            timedOut[0] = true;
            thread.interrupt();
        }
        ObjectNode answer = JSON.createObjectNode();
        answer.put("id", request.path("id").asInt());
        answer.put("exit", timedOut[0] || run.exit == null ? -1 : run.exit);
        answer.put("out", run.out.toString(StandardCharsets.UTF_8));
        answer.put("err", run.err.toString(StandardCharsets.UTF_8));
        return answer.toString();
    }

    /** Gives each run its own copy of the tools' classes, because some count in static fields (the console consumer its messages). */
    private static final class OwnTools extends ClassLoader {
        OwnTools() {
            super(ToolRunner.class.getClassLoader());
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith("org.apache.kafka.tools.")) return super.loadClass(name, resolve);
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (loaded != null) return loaded;
                try (InputStream bytes = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                    if (bytes == null) throw new ClassNotFoundException(name);
                    byte[] all = bytes.readAllBytes();
                    return defineClass(name, all, 0, all.length);
                } catch (IOException e) {
                    throw new ClassNotFoundException(name, e);
                }
            }
        }
    }

    private static final class Routed extends OutputStream {
        private final OutputStream fallback;
        private final boolean err;

        Routed(OutputStream fallback, boolean err) {
            this.fallback = fallback;
            this.err = err;
        }

        private OutputStream target() {
            Run run = RUN.get();
            return run == null ? fallback : err ? run.err : run.out;
        }

        @Override
        public void write(int b) throws IOException {
            target().write(b);
        }

        @Override
        public void write(byte[] bytes, int from, int length) throws IOException {
            target().write(bytes, from, length);
        }
    }

    private static final class RoutedIn extends InputStream {
        private InputStream source() {
            Run run = RUN.get();
            return run == null ? InputStream.nullInputStream() : run.in;
        }

        @Override
        public int read() throws IOException {
            return source().read();
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            return source().read(bytes, from, length);
        }

        @Override
        public int available() throws IOException {
            return source().available();
        }
    }
}

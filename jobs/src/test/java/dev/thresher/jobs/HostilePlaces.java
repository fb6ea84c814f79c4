package dev.thresher.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Lists and folders of what is no file, or leads elsewhere. */
final class HostilePlaces implements Hostile.Kind {
  @Override
  public List<Hostile> in(Path folder) throws IOException {
    List<Hostile> all = new ArrayList<>();
    Path pipe = Hostile.pipe(folder.resolve("pipe"));
    all.add(Hostile.images("images-of-a-device", "/dev/zero"));
    all.add(Hostile.images("images-of-a-pipe", pipe));
    all.add(Hostile.images("images-of-a-pipe-called-tar", Hostile.pipe(folder.resolve("a.tar"))));
    for (String address : List.of("http://127.0.0.1:9/x", "ftp://127.0.0.1/x", "jar:/x!/y")) {
      all.add(Hostile.images("images-of-" + address.split(":", 2)[0], address));
    }
    all.add(list(folder, "list-of-devices", "/dev/zero\n/dev/random\n/dev/tty\n"));
    all.add(list(folder, "list-of-pipes", pipe + "\n"));
    all.add(list(folder, "list-of-folders", folder + "\n/\n"));
    all.add(
        list(folder, "list-of-http", "http://127.0.0.1:9/a.jpg 1\nhttps://127.0.0.1/b.jpg 2\n"));
    all.add(list(folder, "list-of-other-schemes", "har:/a.jpg\nwebhdfs://h/b.jpg\nfoo:/c.jpg\n"));
    all.add(list(folder, "list-of-passwords", "s3a://KEY:SECRET@bucket/a.jpg\n"));
    all.add(list(folder, "list-of-secrets", "/etc/shadow\n/proc/self/environ\n/proc/kcore\n"));
    all.add(list(folder, "list-of-a-name-of-60-kb", "n".repeat(60_000) + ".jpg\n"));
    all.add(list(folder, "list-of-a-line-of-1-mb", "n".repeat(1 << 20)));
    all.add(Hostile.images("list-of-zeros", Hostile.sparse(folder.resolve("l.txt"), 3L << 30)));
    Path links = Files.createDirectories(folder.resolve("links/class"));
    Files.createSymbolicLink(links.resolve("zero.jpg"), Path.of("/dev/zero"));
    Files.createSymbolicLink(links.resolve("gone.jpg"), Path.of("/nowhere"));
    Hostile.pipe(links.resolve("pipe.jpg"));
    all.add(Hostile.images("folder-of-links-and-pipes", links.getParent()));
    Path loop = Files.createDirectories(folder.resolve("loop/class"));
    Files.createSymbolicLink(loop.resolve("again"), loop);
    all.add(Hostile.images("folder-in-a-circle", loop.getParent()));
    for (String key : List.of("data.labels", "data.validation-labels", "data.validation-classes")) {
      all.add(text(key + "-of-a-device", key + "=/dev/zero"));
      all.add(text(key + "-of-a-pipe", key + "=" + pipe));
    }
    Path large = Hostile.sparse(folder.resolve("labels.txt"), 3L << 30);
    all.add(text("labels-of-3-gb", "data.labels=" + large));
    return all;
  }

  private static Hostile list(Path folder, String name, String lines) throws IOException {
    return Hostile.images(name, Files.writeString(folder.resolve(name + ".txt"), lines));
  }

  private static Hostile text(String name, String assignment) {
    return new Hostile(
        name, List.of("sample", "data.validation-labels=" + Path.of("/dev/null"), assignment));
  }
}

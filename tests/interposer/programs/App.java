/** Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c). */
public class App {
  public static void main(String[] words) throws Exception {
    if (words[0].equals("read")) {
      int number = (int) 2166136261L;
      for (byte one : System.getenv("DB_PASSWORD").getBytes("UTF-8")) {
        number = (number ^ (one & 255)) * 16777619;
      }
      System.out.println("hash DB_PASSWORD is " + (number & 0xffffffffL));
      new ProcessBuilder(words[1], "hash", "DB_PASSWORD").inheritIO().start().waitFor();
    }
    System.out.println("ready " + ProcessHandle.current().pid());
    Thread.sleep(600000);
  }
}

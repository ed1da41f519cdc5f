// Reads DB_PASSWORD, or with `idle` nothing; a child reads it too (guest.c).
package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"
)

func main() {
	if os.Args[1] == "read" {
		number := uint32(2166136261)
		for _, one := range []byte(os.Getenv("DB_PASSWORD")) {
			number = (number ^ uint32(one)) * 16777619
		}
		fmt.Println("hash DB_PASSWORD is", number)
		child := exec.Command(os.Args[2], "hash", "DB_PASSWORD")
		child.Stdout = os.Stdout
		_ = child.Run()
	}
	fmt.Println("ready", os.Getpid())
	time.Sleep(10 * time.Minute)
}

// TCP echo in Go, a goroutine per connection: what the runtime's scheduler and poller cost.
//
// io.Copy would splice between the sockets, which is slower for small messages: plain reads and writes.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

const readBufferBytes = 256 * 1024

// value of the flag in --name value or --name=value form; the last one wins, other flags are ignored.
func value(name, fallback string) string {
	found := fallback
	for i, word := range os.Args {
		if word == name && i+1 < len(os.Args) {
			found = os.Args[i+1]
		} else if strings.HasPrefix(word, name+"=") {
			found = strings.TrimPrefix(word, name+"=")
		}
	}
	return found
}

func serve(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, readBufferBytes)
	for {
		length, err := connection.Read(buffer)
		if err != nil {
			return
		}
		if _, err := connection.Write(buffer[:length]); err != nil {
			return
		}
	}
}

func main() {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	listener, err := net.Listen("tcp", net.JoinHostPort(value("--host", "127.0.0.1"), value("--port", "0")))
	if err != nil {
		fmt.Fprintf(os.Stderr, "go-echo: cannot listen: %v\n", err)
		os.Exit(69)
	}
	go func() {
		<-stop
		os.Exit(0)
	}()
	port := listener.Addr().(*net.TCPAddr).Port
	fmt.Printf("{\"ready\":true,\"protocol\":\"tcp-echo\",\"transport\":\"tcp\",\"port\":%d,\"pid\":%d}\n", port, os.Getpid())
	for {
		connection, err := listener.Accept()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go-echo: accept: %v\n", err)
			os.Exit(71)
		}
		go serve(connection)
	}
}

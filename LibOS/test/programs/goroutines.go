// SPDX-License-Identifier: MIT
// A static Go program: goroutines, channels, timers, files, signals, maps, a garbage collector at work.
package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

func channels() {
	numbers, squares := make(chan int), make(chan int, 10)
	var group sync.WaitGroup
	for i := 0; i < 50; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for n := range numbers {
				squares <- n * n
			}
		}()
	}
	go func() {
		for i := 1; i <= 10000; i++ {
			numbers <- i
		}
		close(numbers)
		group.Wait()
		close(squares)
	}()
	sum := 0
	for s := range squares {
		sum += s
	}
	fmt.Println("sum of squares", sum)
}

func mutexes() {
	var lock sync.Mutex
	var group sync.WaitGroup
	var atomics int64
	counts := map[int]int{}
	for i := 0; i < 100; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			for j := 0; j < 200; j++ {
				lock.Lock()
				counts[j%7]++
				lock.Unlock()
				atomic.AddInt64(&atomics, int64(i))
				if j%50 == 0 {
					runtime.Gosched()
				}
			}
		}(i)
	}
	group.Wait()
	fmt.Println("counts", counts, atomics)
}

func timers() {
	began := time.Now()
	ticker := time.NewTicker(5 * time.Millisecond)
	ticks := 0
	timeout := time.After(2 * time.Second)
	for ticks < 10 {
		select {
		case <-ticker.C:
			ticks++
		case <-timeout:
			fmt.Println("the ticker is late")
			return
		}
	}
	ticker.Stop()
	taken := time.Since(began)
	fmt.Println("ticks", ticks, taken >= 45*time.Millisecond && taken < 2*time.Second)
	select {
	case <-make(chan int):
	case <-time.After(10 * time.Millisecond):
		fmt.Println("timed out")
	}
}

func garbage() {
	var kept [][]byte
	for i := 0; i < 2000; i++ {
		block := make([]byte, 64<<10)
		block[i] = byte(i)
		if i%100 == 0 {
			kept = append(kept, block)
		}
	}
	runtime.GC()
	sum := 0
	for i, block := range kept {
		sum += int(block[i*100])
	}
	fmt.Println("kept", len(kept), sum)
}

func files() {
	if err := os.MkdirAll("made/by/go", 0o755); err != nil {
		fmt.Println(err)
	}
	for i := 0; i < 20; i++ {
		name := fmt.Sprintf("made/by/go/%02d", i)
		if err := os.WriteFile(name, []byte(strings.Repeat("line\n", i)), 0o600); err != nil {
			fmt.Println(err)
		}
	}
	total := int64(0)
	filepath.WalkDir("made", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			info, _ := entry.Info()
			total += info.Size()
		}
		return err
	})
	file, err := os.OpenFile("made/by/go/05", os.O_RDWR|os.O_APPEND, 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprintln(file, "more")
	file.Seek(0, 0)
	lines := bufio.NewScanner(file)
	count := 0
	for lines.Scan() {
		count++
	}
	file.Close()
	_, err = os.Open("missing")
	fmt.Println("files", total, count, errors.Is(err, fs.ErrNotExist), err)
	fmt.Println(os.Rename("made/by/go/01", "made/renamed"), os.Remove("made"), os.RemoveAll("made"))
}

func signals() {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGUSR1)
	syscall.Kill(syscall.Getpid(), syscall.SIGUSR1)
	fmt.Println("signal", <-caught)
	defer func() { fmt.Println("recovered:", recover()) }()
	var nothing *struct{ field int }
	fmt.Println(nothing.field)
}

func pipes() {
	reader, writer, err := os.Pipe()
	if err != nil {
		fmt.Println(err)
		return
	}
	go func() {
		for i := 0; i < 1000; i++ {
			fmt.Fprintln(writer, i)
		}
		writer.Close()
	}()
	lines := bufio.NewScanner(reader)
	sum := 0
	for lines.Scan() {
		var n int
		fmt.Sscan(lines.Text(), &n)
		sum += n
	}
	reader.SetReadDeadline(time.Now())
	fmt.Println("through a pipe", sum)
}

func main() {
	fmt.Println("arguments", os.Args[1:])
	channels()
	mutexes()
	timers()
	garbage()
	files()
	signals()
	pipes()
	fmt.Printf("%x\n", sha256.Sum256([]byte("go")))
	text, _ := json.Marshal(map[string]any{"b": []int{1, 2}, "a": 1.5})
	words := strings.Fields("the quick brown fox")
	sort.Strings(words)
	fmt.Println(string(text), words)
	os.Exit(3)
}

// SPDX-License-Identifier: MIT
// C++: exceptions across threads and libraries, streams, locks, futures, thread-local objects.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <numeric>
#include <random>
#include <regex>
#include <shared_mutex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static std::atomic<int> g_destroyed;

struct Guard {
    ~Guard()
    {
        g_destroyed++;
    }
};

static thread_local Guard g_local;

static int descend(int depth)
{
    Guard guard;
    if (depth == 0)
        throw std::out_of_range("at the bottom");
    return descend(depth - 1) + 1;
}

static void exceptions()
{
    int caught = 0;
    for (int i = 0; i < 1000; i++) {
        try {
            descend(i % 20);
        } catch (const std::logic_error &error) {
            caught++;
        }
    }
    std::cout << "caught " << caught << ", destroyed " << g_destroyed << '\n';
    try {
        std::vector<int>(10).at(10);
    } catch (const std::exception &error) {
        std::cout << error.what() << '\n';
    }
    try {
        const std::unique_ptr<char[]> huge(new char[1ul << 62]);
    } catch (const std::bad_alloc &error) {
        std::cout << error.what() << '\n';
    }
    auto promise = std::async(std::launch::async, [] { return descend(5); });
    try {
        promise.get();
    } catch (const std::out_of_range &error) {
        std::cout << "from another thread: " << error.what() << '\n';
    }
}

static void threads()
{
    std::mutex lock;
    std::shared_mutex shared;
    std::condition_variable changed;
    std::map<int, int> counts;
    long sum = 0;
    int ready = 0;
    std::vector<std::thread> all;
    g_destroyed = 0;
    for (int i = 0; i < 16; i++) {
        all.emplace_back([&, i] {
            (void)&g_local;
            {
                std::unique_lock<std::mutex> hold(lock);
                ready++;
                changed.notify_all();
                changed.wait(hold, [&] { return ready == 16; });
            }
            for (int j = 0; j < 500; j++) {
                std::lock_guard<std::mutex> hold(lock);
                counts[j % 5] += i;
            }
            std::shared_lock<std::shared_mutex> reader(shared);
            std::this_thread::yield();
        });
    }
    for (auto &thread : all)
        thread.join();
    for (const auto &[key, value] : counts)
        sum += key * value;
    std::cout << "threads " << sum << ", thread-local objects destroyed " << g_destroyed << '\n';
    std::timed_mutex held;
    held.lock();
    std::cout << "timed out " << !std::async(std::launch::async, [&] { return held.try_lock_for(std::chrono::milliseconds(20)); }).get() << '\n';
}

static void files()
{
    namespace fs = std::filesystem;
    fs::create_directories("made/by");
    std::ofstream("made/by/cxx") << "one two three\n" << 3.5 << ' ' << 42 << '\n';
    std::ifstream in("made/by/cxx");
    std::string line;
    double real = 0;
    int whole = 0;
    std::getline(in, line);
    in >> real >> whole;
    std::cout << line << ' ' << real << ' ' << whole << ' ' << fs::file_size("made/by/cxx") << '\n';
    fs::copy_file("made/by/cxx", "made/copy");
    std::cout << std::distance(fs::recursive_directory_iterator("made"), {}) << " entries\n";
    std::error_code error;
    fs::remove("made", error);
    std::cout << error.message() << ", removed " << fs::remove_all("made") << '\n';
}

int main(int argc, char **argv)
{
    exceptions();
    threads();
    files();
    std::mt19937 random(42);
    std::vector<unsigned> values(1000);
    std::generate(values.begin(), values.end(), std::ref(random));
    std::sort(values.begin(), values.end());
    std::cout << values[0] << ' ' << values[999] << ' ' << std::regex_replace("a-b-c", std::regex("-"), "+") << '\n';
    if (argc > 1 && std::string(argv[1]) == "abort")
        throw std::runtime_error("nobody catches this");
    return argc;
}

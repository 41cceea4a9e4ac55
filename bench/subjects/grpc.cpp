// Copyright (c) 2026 The belfry authors.
// Distributed under the Boost Software License, Version 1.0.
// (See LICENSE_1_0.txt or https://www.boost.org/LICENSE_1_0.txt)

#include "../support/make_subject.hpp"
#include "subjects.hpp"

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

// gRPC over a Unix socket: one stream of bytes both ways, and a call for each round trip. Both are served with a
// completion queue by the thread that also measures, and without Protocol Buffers: the quickest that gRPC can do.

namespace belfry::bench {
namespace {

grpc::ByteBuffer to_buffer(std::span<const std::byte> message) {
  const grpc::Slice slice(message.data(), message.size());
  return {&slice, 1};
}

void from_buffer(const grpc::ByteBuffer& buffer, std::span<std::byte> message) {
  std::vector<grpc::Slice> slices;
  expect(buffer.Length() == message.size() && buffer.Dump(&slices).ok());
  std::size_t at = 0;
  for (const auto& slice : slices) {
    std::copy_n(reinterpret_cast<const std::byte*>(slice.begin()), slice.size(), message.data() + at);
    at += slice.size();
  }
}

/// Waits for the operation that was started last. Returns whether it succeeded.
bool wait_for_one(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool good = false;
  return queue.Next(&tag, &good) && good;
}

void drain(grpc::CompletionQueue& queue) {
  queue.Shutdown();
  void* tag = nullptr;
  bool good = false;
  while (queue.Next(&tag, &good)) {
  }
}

class client {
 public:
  explicit client(const std::string& address)
      : stub_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())) {}

 protected:
  grpc::GenericStub stub_;
  grpc::CompletionQueue queue_;
};

class server {
 public:
  explicit server(const std::string& address) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials());
    builder.RegisterAsyncGenericService(&service_);
    queue_ = builder.AddCompletionQueue();
    server_ = builder.BuildAndStart();
    expect(server_ != nullptr);
  }
  ~server() {
    server_->Shutdown(std::chrono::system_clock::now());
    drain(*queue_);
  }
  server(const server&) = delete;
  server& operator=(const server&) = delete;

 protected:
  struct call {
    grpc::GenericServerContext context;
    grpc::GenericServerAsyncReaderWriter stream{&context};
  };

  std::unique_ptr<call> next_call() {
    auto c = std::make_unique<call>();
    service_.RequestCall(&c->context, &c->stream, queue_.get(), queue_.get(), this);
    expect(wait_for_one(*queue_));
    return c;
  }

  grpc::AsyncGenericService service_;
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

class stream_client : client {
 public:
  explicit stream_client(const std::string& address) : client(address) {
    context_.set_wait_for_ready(true);  // the other side may not listen yet
    stream_ = stub_.PrepareCall(&context_, "/belfry/Stream", &queue_);
    stream_->StartCall(this);
    expect(wait_for_one(queue_));
  }
  ~stream_client() {
    context_.TryCancel();
    drain(queue_);
  }

  void send(std::span<const std::byte> message) {
    stream_->Write(to_buffer(message), this);
    expect(wait_for_one(queue_));
  }
  void receive(std::span<std::byte> message) {
    grpc::ByteBuffer buffer;
    stream_->Read(&buffer, this);
    expect(wait_for_one(queue_));
    from_buffer(buffer, message);
  }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class stream_server : server {
 public:
  explicit stream_server(const std::string& address) : server(address), call_(next_call()) {}

  void send(std::span<const std::byte> message) {
    call_->stream.Write(to_buffer(message), this);
    expect(wait_for_one(*queue_));
  }
  void receive(std::span<std::byte> message) {
    grpc::ByteBuffer buffer;
    call_->stream.Read(&buffer, this);
    expect(wait_for_one(*queue_));
    from_buffer(buffer, message);
  }

 private:
  std::unique_ptr<call> call_;
};

class unary_client : client {
 public:
  using client::client;
  ~unary_client() { drain(queue_); }

  void send(std::span<const std::byte> message) { question_ = to_buffer(message); }
  void receive(std::span<std::byte> message) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    const auto call = stub_.PrepareUnaryCall(&context, "/belfry/Ask", question_, &queue_);
    call->StartCall();
    grpc::ByteBuffer answer;
    grpc::Status status;
    call->Finish(&answer, &status, this);
    expect(wait_for_one(queue_) && status.ok());
    from_buffer(answer, message);
  }

 private:
  grpc::ByteBuffer question_;
};

class unary_server : server {
 public:
  explicit unary_server(const std::string& address) : server(address) {}

  void receive(std::span<std::byte> message) {
    call_ = next_call();
    grpc::ByteBuffer question;
    call_->stream.Read(&question, this);
    expect(wait_for_one(*queue_));
    from_buffer(question, message);
  }
  void send(std::span<const std::byte> message) {
    call_->stream.WriteAndFinish(to_buffer(message), {}, grpc::Status::OK, this);
    expect(wait_for_one(*queue_));
  }

 private:
  std::unique_ptr<call> call_;
};

template <class Client, class Server>
class grpc_link {
 public:
  static constexpr auto how = style::blocking;

  // An abstract address, which leaves no file behind.
  explicit grpc_link(const task&) : address_("unix-abstract:belfry_bench_" + std::to_string(::getpid())) {}
  Client first() { return Client(address_); }
  Server second() { return Server(address_); }

 private:
  std::string address_;
};

}  // namespace

void add_grpc(subjects& s) {
  s.all.push_back(make_subject<grpc_link<stream_client, stream_server>>("gRPC stream, Unix socket", "block"));
  s.all.push_back(
      only_ping_pong(make_subject<grpc_link<unary_client, unary_server>>("gRPC call, Unix socket", "block")));
}

}  // namespace belfry::bench

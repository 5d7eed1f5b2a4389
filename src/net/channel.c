/*
 * Reading and writing of sockets: one system call each where they are plain.
 */
#include "net/channel.h"

#include <errno.h>
#include <netinet/in.h>
#include <linux/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/tls_channel.h"

enum pl_io pl_channel_read(struct pl_channel *channel, char *target, size_t size_bytes,
                           size_t *ret_count)
{
    ssize_t count = 0;

    if (channel->tls != NULL)
        return pl_tls_read(channel->tls, target, size_bytes, ret_count);
    do {
        count = recv(channel->fd, target, size_bytes, 0);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? PL_IO_WAIT_READ : PL_IO_FAILED;
    *ret_count = (size_t)count;
    return count == 0 ? PL_IO_END : PL_IO_DONE;
}

/* sendmsg does not change the pieces, whatever its prototype says. */
static struct iovec *writable(const struct iovec *pieces)
{
    union {
        const struct iovec *given;
        struct iovec *wanted;
    } same = {.given = pieces};

    return same.wanted;
}

enum pl_io pl_channel_write(struct pl_channel *channel, const struct iovec *pieces,
                            int pieces_count, size_t *ret_count)
{
    const struct msghdr message = {.msg_iov = writable(pieces), .msg_iovlen = (size_t)pieces_count};
    ssize_t count = 0;

    if (channel->tls != NULL)
        return pl_tls_write(channel->tls, pieces, pieces_count, ret_count);
    do {
        count = sendmsg(channel->fd, &message, MSG_NOSIGNAL);
    } while (count < 0 && errno == EINTR);
    if (count < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? PL_IO_WAIT_WRITE : PL_IO_FAILED;
    channel->given += (uint64_t)count;
    *ret_count = (size_t)count;
    return PL_IO_DONE;
}

bool pl_channel_holds_more(const struct pl_channel *channel)
{
    return channel->tls != NULL && pl_tls_holds_more(channel->tls);
}

bool pl_channel_was_taken(const struct pl_channel *channel)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    const uint64_t given = channel->tls != NULL ? pl_tls_given(channel->tls) : channel->given;

    /* The count of the system has the SYN in it, so a difference of one byte is not told. */
    return getsockopt(channel->fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
           info.tcpi_bytes_acked >= given;
}

void pl_channel_close(struct pl_channel *channel)
{
    pl_tls_close(channel->tls);
    channel->tls = NULL;
    if (channel->fd >= 0)
        (void)close(channel->fd);
    channel->fd = -1;
}

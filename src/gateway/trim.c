/*
 * The start touches pages of every library, most of them once: ten megabytes of the warehouse's engine alone, which a
 * server does not use. They are given back; what is needed again comes from the page cache.
 */
#include "gateway/gateway_state.h"

#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

/* Large blocks go back to the system when they are freed: bodies of some megabytes come and go. */
#define LARGE_BYTES (256 << 10)

/* A segment that is never written has no page that is not in its file as well. */
static int give_back(struct dl_phdr_info *library, size_t size, void *context)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);

    (void)size;
    (void)context;
    for (int i = 0; i < library->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &library->dlpi_phdr[i];
        const uintptr_t begin = (library->dlpi_addr + segment->p_vaddr) / page * page;
        const uintptr_t end = library->dlpi_addr + segment->p_vaddr + segment->p_filesz;

        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_W) == 0 && end > begin)
            (void)madvise((void *)begin, end - begin, MADV_DONTNEED); /* it is advice */
    }
    return 0;
}

void pl_gateway_trim(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
    (void)malloc_trim(0);
    (void)dl_iterate_phdr(give_back, NULL);
}
